#pragma once
/// The kinds of values of the language that are no mappings of our own: quantities, counts, words, names.

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/choices.hpp"
#include "model/scenario/kind.hpp"
#include "model/scenario/reader.hpp"

namespace gilsim::scenario {

/// A duration of `least` to `most` nanoseconds.
[[nodiscard]] KindPtr<Nanoseconds> duration(Nanoseconds least = 0, Nanoseconds most = kLongestRun);
/// A size of at least `least` bytes.
[[nodiscard]] KindPtr<Bytes> size(Bytes least = 0);
/// A whole number.
[[nodiscard]] KindPtr<std::int64_t> count(std::int64_t least,
                                          std::int64_t most = std::numeric_limits<std::int64_t>::max());
[[nodiscard]] KindPtr<int> small_count(int least, int most);
[[nodiscard]] KindPtr<std::uint64_t> seed_number();
[[nodiscard]] KindPtr<bool> boolean();
[[nodiscard]] KindPtr<std::string> text();
/// A fixed or random time.
[[nodiscard]] KindPtr<Span> span();
/// The name of something declared elsewhere in the file, as its index.
[[nodiscard]] KindPtr<int> name_of(Naming naming);
/// The name of an object of one of these kinds, which `what` describes: "a lock".
[[nodiscard]] KindPtr<int> object_of(std::vector<ObjectSpec::Kind> kinds, std::string what);
/// A payload: a size, the name of one that is declared, or its fields.
[[nodiscard]] KindPtr<Payload> payload();
/// The name of a kind of request, declared by its first use.
[[nodiscard]] KindPtr<int> request_name();
/// The name of a set of objects, declared by its first use.
[[nodiscard]] KindPtr<int> object_set_name();
/// A list of sizes.
[[nodiscard]] KindPtr<std::vector<Bytes>> size_list();
/// A decimal number, as thousandths.
[[nodiscard]] KindPtr<std::int64_t> permille();
/// A list of them.
[[nodiscard]] KindPtr<std::vector<std::int64_t>> permille_list();
/// A list of core numbers.
[[nodiscard]] KindPtr<std::vector<int>> core_list();

/// A schema that accepts `wanted` or an expression.
[[nodiscard]] Json or_expression(Json wanted);
/// The shared part of all enumerations: words, meanings, and which of them was written.
class Words {
public:
    using Word = std::pair<std::string, std::string>;  ///< as written; what it means
    explicit Words(std::vector<Word> words) : words_(std::move(words)) {}
    /// The index of the word, or -1 after reporting.
    [[nodiscard]] int read(Reader& reader, const Node& node) const;
    [[nodiscard]] std::string told() const;
    [[nodiscard]] Json schema() const;
    [[nodiscard]] const std::vector<Word>& all() const { return words_; }

private:
    std::vector<Word> words_;
};

template <class E>
class ChoiceKind : public Kind<E> {
public:
    explicit ChoiceKind(std::vector<Choice<E>> all) : all_(std::move(all)), words_(words_of(all_)) {}
    [[nodiscard]] std::string told() const override { return words_.told(); }
    [[nodiscard]] Json schema(Definitions&) const override { return words_.schema(); }
    [[nodiscard]] std::vector<Words::Word> words() const override { return words_.all(); }
    void read(Reader& reader, const Node& node, E& out) const override {
        if (const int index = words_.read(reader, node); index >= 0) out = all_[static_cast<std::size_t>(index)].value;
    }
    [[nodiscard]] Json write(const Variant&, const E& value) const override {
        for (const Choice<E>& choice : all_) {
            if (choice.value == value) return choice.text;
        }
        return nullptr;
    }

private:
    static Words words_of(const std::vector<Choice<E>>& all) {
        std::vector<Words::Word> words;
        for (const Choice<E>& c : all) words.emplace_back(c.text, c.doc);
        return Words(std::move(words));
    }
    std::vector<Choice<E>> all_;
    Words words_;
};

/// One of the words of an enumeration with a table in choices.hpp.
template <class E>
[[nodiscard]] KindPtr<E> choice() {
    const auto all = choices(E{});
    return std::make_shared<ChoiceKind<E>>(std::vector<Choice<E>>(all.begin(), all.end()));
}
/// A truth told by two words.
[[nodiscard]] inline KindPtr<bool> either(std::string_view no, std::string_view no_doc, std::string_view yes,
                                          std::string_view yes_doc) {
    return std::make_shared<ChoiceKind<bool>>(std::vector<Choice<bool>>{{false, no, no_doc}, {true, yes, yes_doc}});
}

}  // namespace gilsim::scenario
