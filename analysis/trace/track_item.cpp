#include "analysis/trace/track_item.hpp"

#include "analysis/trace/pbf_reader.hpp"

namespace gilsim::analysis {
namespace {

using namespace trace::perfetto;  // NOLINT: this file is about nothing else
using protozero::pbf_reader;

void read_annotation(pbf_reader annotation, TrackItem& item) {
    std::uint64_t name = 0;
    while (annotation.next()) {
        switch (annotation.tag()) {
            case kAnnotationNameId:
                name = annotation.get_uint64();
                break;
            case kAnnotationInt:
            case kAnnotationStringId:
                if (name >= TrackItem::kNotes) {
                    annotation.skip();
                    break;
                }
                item.notes[name] = annotation.get_int64();
                item.noted |= 1U << name;
                break;
            case kAnnotationString:
                item.text = annotation.get_view();
                break;
            default:
                annotation.skip();
        }
    }
}

}  // namespace

void read_track_item(std::string_view bytes, TrackItem& item) {
    for (pbf_reader event{bytes}; event.next();) {
        switch (event.tag()) {
            case kType:
                item.type = static_cast<EventType>(event.get_enum());
                break;
            case kNameId:
                item.name = event.get_uint64();
                break;
            case kTrackUuid:
                item.track = event.get_uint64();
                break;
            case kCounterValue:
                item.value = event.get_int64();
                break;
            case kDebugAnnotations:
                read_annotation(event.get_message(), item);
                break;
            default:
                event.skip();
        }
    }
}

}  // namespace gilsim::analysis
