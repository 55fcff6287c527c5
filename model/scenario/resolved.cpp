#include "model/scenario/resolved.hpp"

#include "model/scenario/fields.hpp"

namespace gilsim::scenario {

nlohmann::ordered_json to_json(const Variant& variant) {
    Document document;
    document.variant = variant;
    return write_structure(variant, document_fields(), &document);
}

}  // namespace gilsim::scenario
