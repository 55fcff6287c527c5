#include "tests/trace/perfetto_reader.hpp"

#include <array>
#include <set>
#include <zlib.h>

#include "tests/trace/wire.hpp"

namespace gilsim::test {

namespace {

/// State of the decoding.
struct Decoder {
    Trace trace;
    std::map<std::uint64_t, std::string> annotation_names, annotation_strings;
    std::set<std::uint64_t> cleared;  ///< sequences whose incremental state is valid

    void packet(std::string_view bytes);
    void interned(std::string_view bytes);
    void track(std::string_view bytes);
    void track_event(std::string_view bytes, Item&& item, bool needs_state);
    void annotation(std::string_view bytes, Item& item, bool needs_state);
    void ftrace(std::string_view bytes, std::uint64_t sequence);
    void sched(std::string_view bytes, Item&& item);
    void process_tree(std::string_view bytes);
    void attributes(std::string_view bytes);
    void fault(std::string text) { trace.faults.push_back(std::move(text)); }
    void add(Item&& item);
    std::string_view kept(std::string_view text) {
        const auto found = trace.strings.find(text);
        return found != trace.strings.end() ? *found : *trace.strings.emplace(text).first;
    }
};

int integer(const Field& f) {
    return static_cast<int>(static_cast<std::int64_t>(f.value));
}

void Decoder::packet(std::string_view bytes) {
    std::uint64_t flags = 0;
    Item item;
    bool timed = false;
    std::string_view event;
    Field f;
    for (Fields fields(bytes); fields.next(f);) {  // the sequence first: other fields depend on it
        if (f.number == 10) item.sequence = f.value;
        if (f.number == 13) flags = f.value;
    }
    if ((flags & 1) != 0) cleared.insert(item.sequence);
    const bool needs_state = (flags & 2) != 0;
    if (needs_state && cleared.count(item.sequence) == 0) fault("incremental state used before it was cleared");
    for (Fields fields(bytes); fields.next(f);) {
        switch (f.number) {
            case 1:
                ftrace(f.bytes, item.sequence);
                break;
            case 2:
                process_tree(f.bytes);
                break;
            case 8:
                item.time = f.number_value();
                timed = true;
                break;
            case 11:
                event = f.bytes;
                break;
            case 12:
                interned(f.bytes);
                break;
            case 60:
                track(f.bytes);
                break;
            case 126:
                attributes(f.bytes);
                break;
            case 10:
            case 13:
                break;
            default:
                fault("unknown field " + std::to_string(f.number) + " in a packet");
        }
    }
    if (event.empty()) return;
    if (!timed) fault("track event without a timestamp");
    if (item.sequence == 0) fault("track event without a sequence");
    track_event(event, std::move(item), needs_state);
}

void Decoder::interned(std::string_view bytes) {
    Field table;
    for (Fields fields(bytes); fields.next(table);) {
        std::uint64_t id = 0;
        std::string text;
        Field f;
        for (Fields entry(table.bytes); entry.next(f);) {
            if (f.number == 1) id = f.value;
            if (f.number == 2) text = f.text();
        }
        auto& names = table.number == 2 ? trace.event_names : table.number == 3 ? annotation_names : annotation_strings;
        if (table.number != 2 && table.number != 3 && table.number != 29) fault("unknown table of names");
        if (id == 0 || !names.emplace(id, text).second) fault("name interned twice or with id 0: " + text);
    }
}

void Decoder::track(std::string_view bytes) {
    Track track;
    Field f, g;
    for (Fields fields(bytes); fields.next(f);) {
        switch (f.number) {
            case 1:
                track.uuid = f.value;
                break;
            case 2:
                track.name = f.text();
                break;
            case 3:
                for (Fields process(f.bytes); process.next(g);) {
                    if (g.number == 1) track.pid = integer(g);
                    if (g.number == 6) track.name = g.text();
                }
                break;
            case 4:
                for (Fields thread(f.bytes); thread.next(g);) {
                    if (g.number == 1) track.pid = integer(g);
                    if (g.number == 2) track.tid = integer(g);
                    if (g.number == 5) track.name = g.text();
                }
                break;
            case 5:
                track.parent = f.value;
                break;
            case 8:
                track.unit = "";
                for (Fields counter(f.bytes); counter.next(g);) {
                    if (g.number == 6) track.unit = g.text();
                }
                break;
            case 14:
                track.description = f.text();
                break;
            default:
                fault("unknown field " + std::to_string(f.number) + " in a track descriptor");
        }
    }
    if (track.parent != 0 && trace.tracks.count(track.parent) == 0) fault("track before its parent: " + track.name);
    if (!trace.tracks.emplace(track.uuid, track).second) fault("track described twice: " + track.name);
}

void Decoder::annotation(std::string_view bytes, Item& item, bool needs_state) {
    std::string_view name;
    Field f;
    for (Fields fields(bytes); fields.next(f);) {
        switch (f.number) {
            case 1:
                name = kept(annotation_names[f.value]);
                if (name.empty() || !needs_state) fault("annotation whose name is not known");
                break;
            case 10:
                name = kept(f.bytes);
                break;
            case 4:
                item.notes.emplace_back(name, f.number_value());
                break;
            case 6:
                item.texts.emplace_back(name, kept(f.bytes));
                break;
            case 17:
                item.texts.emplace_back(name, kept(annotation_strings[f.value]));
                break;
            default:
                fault("unknown field " + std::to_string(f.number) + " in an annotation");
        }
    }
}

void Decoder::track_event(std::string_view bytes, Item&& item, bool needs_state) {
    constexpr std::array kinds{Item::Kind::slice_begin, Item::Kind::slice_end, Item::Kind::instant,
                               Item::Kind::counter};
    std::vector<std::uint64_t> extra_tracks;
    std::vector<std::int64_t> extra_values;
    Field f;
    for (Fields fields(bytes); fields.next(f);) {
        switch (f.number) {
            case 4:
                annotation(f.bytes, item, needs_state);
                break;
            case 9:
                if (f.value < 1 || f.value > 4) return fault("unknown type of event");
                item.kind = kinds[f.value - 1];
                break;
            case 10:
                item.name_id = f.value;
                item.name = kept(trace.event_names[f.value]);
                if (item.name.empty() || !needs_state) fault("event whose name is not known");
                break;
            case 11:
                item.track = f.value;
                break;
            case 12:
                extra_values.push_back(f.number_value());
                break;
            case 30:
                item.value = f.number_value();
                break;
            case 31:
                extra_tracks.push_back(f.value);
                break;
            case 47:
                item.flow_begins.push_back(f.value);
                break;
            case 48:
                item.flow_ends.push_back(f.value);
                break;
            default:
                fault("unknown field " + std::to_string(f.number) + " in a track event");
        }
    }
    if (extra_values.size() != extra_tracks.size()) return fault("extra counters without values");
    for (std::size_t i = 0; i < extra_tracks.size(); ++i) item.also.emplace_back(extra_tracks[i], extra_values[i]);
    const auto described = [&](std::uint64_t uuid, bool counter) {
        const auto found = trace.tracks.find(uuid);
        if (found == trace.tracks.end())
            return fault("event on a track that is not described: " + std::to_string(uuid));
        if (found->second.unit.has_value() != counter) fault("slice on a counter, or value on a slice track");
    };
    described(item.track, item.kind == Item::Kind::counter);
    for (const auto& [uuid, value] : item.also) described(uuid, true);
    if (item.name == "run") trace.first_instant = {item.texts.begin(), item.texts.end()};
    add(std::move(item));
}

void Decoder::ftrace(std::string_view bytes, std::uint64_t sequence) {
    int core = -1;
    Field f, g;
    for (Fields fields(bytes); fields.next(f);) {
        if (f.number == 1) core = integer(f);
    }
    if (core < 0) fault("scheduler events without a core");
    for (Fields fields(bytes); fields.next(f);) {
        if (f.number != 2) continue;
        Item item;
        item.core = core;
        item.sequence = sequence;
        std::string_view content;
        for (Fields event(f.bytes); event.next(g);) {
            if (g.number == 1) item.time = g.number_value();
            if (g.number == 2) item.pid = integer(g);
            if (g.number == 4 || g.number == 20) {
                item.kind = g.number == 4 ? Item::Kind::sched_switch : Item::Kind::sched_waking;
                content = g.bytes;
            }
        }
        sched(content, std::move(item));
    }
}

void Decoder::sched(std::string_view bytes, Item&& item) {
    const bool is_switch = item.kind == Item::Kind::sched_switch;
    Field f;
    for (Fields fields(bytes); fields.next(f);) {
        const auto field = f.number + (is_switch ? 0 : 100);
        switch (field) {
            case 1:
                item.prev_comm = kept(f.bytes);
                break;
            case 2:
                item.prev_tid = integer(f);
                break;
            case 4:
                item.prev_state = f.number_value();
                break;
            case 5:
            case 101:
                item.next_comm = kept(f.bytes);
                break;
            case 6:
            case 102:
                item.next_tid = integer(f);
                break;
            case 105:
                item.target_core = integer(f);
                break;
            case 3:
            case 7:
            case 103:
                if (f.value != 120) fault("unexpected priority");
                break;
            default:
                fault("unknown field " + std::to_string(f.number) + " in a scheduler event");
        }
    }
    add(std::move(item));
}

void Decoder::process_tree(std::string_view bytes) {
    Field f, g;
    for (Fields fields(bytes); fields.next(f);) {
        int id = 0, group = 0;
        std::string name;
        for (Fields entry(f.bytes); entry.next(g);) {
            if (g.number == 1) id = integer(g);
            if (g.type == 2) name = g.text();
            if (f.number == 2 && g.number == 3) group = integer(g);
        }
        if (f.number == 1) {
            trace.processes[id] = name;
        } else {
            trace.threads[id] = {group, name};
        }
    }
}

void Decoder::attributes(std::string_view bytes) {
    Field f, g;
    for (Fields fields(bytes); fields.next(f);) {
        std::string key, value;
        for (Fields attribute(f.bytes); attribute.next(g);) (g.number == 1 ? key : value) = g.text();
        trace.attributes[key] = value;
    }
}

void Decoder::add(Item&& item) {
    item.after_end = trace.end >= 0;
    if (item.name == "run_end") {
        if (trace.end >= 0) fault("a second run_end");
        trace.end = item.time;
        trace.outcome = item.text("outcome");
        return;
    }
    trace.items.push_back(std::move(item));
}

}  // namespace

std::map<std::uint64_t, std::vector<Slice>> Trace::slices(std::vector<std::string>& found) const {
    std::map<std::uint64_t, std::vector<Slice>> all;
    std::map<std::uint64_t, std::vector<std::size_t>> open;
    const auto where = [this](const Item& item) {
        const auto track = tracks.find(item.track);
        return "track " + (track == tracks.end() ? "?" : track->second.name) + " at " + std::to_string(item.time);
    };
    for (const auto& item : items) {
        auto& stack = open[item.track];
        auto& slices = all[item.track];
        if (item.kind == Item::Kind::slice_begin) {
            stack.push_back(slices.size());
            slices.push_back({&item, nullptr, stack.size() - 1});
        } else if (item.kind == Item::Kind::slice_end) {
            if (stack.empty()) {
                found.push_back("nesting: " + where(item) + ": end of a slice that has not begun");
                continue;
            }
            slices[stack.back()].end = &item;
            stack.pop_back();
        }
    }
    for (auto& [track, stack] : open) {
        for (const auto i : stack) {
            found.push_back("nesting: " + where(*all[track][i].begin) + ": slice without an end");
            all[track][i].end = all[track][i].begin;
        }
    }
    return all;
}

std::vector<const Track*> Trace::of_kind(unsigned kind) const {
    std::vector<const Track*> found;
    for (const auto& [uuid, track] : tracks) {
        if (kind_of(uuid) == kind) found.push_back(&track);
    }
    return found;
}

Trace decode(std::string_view bytes) {
    Decoder decoder;
    Field f;
    for (Fields fields(bytes); fields.next(f);) {
        if (f.number != 1 || f.type != 2) throw std::runtime_error("no trace packet");
        decoder.packet(f.bytes);
    }
    if (decoder.trace.end < 0) decoder.fault("no run_end");
    return std::move(decoder.trace);
}

std::string read_file(const std::filesystem::path& file) {
    const auto in = gzopen(file.c_str(), "rb");  // reads what is not compressed as it is
    if (in == nullptr) throw std::runtime_error("cannot read " + file.string());
    std::string content;
    std::array<char, 65536> buffer{};
    int n = 0;
    while ((n = gzread(in, buffer.data(), buffer.size())) > 0)
        content.append(buffer.data(), static_cast<std::size_t>(n));
    gzclose(in);
    if (n < 0) throw std::runtime_error("damaged: " + file.string());
    return content;
}

}  // namespace gilsim::test
