#include "model/memory/gauges.hpp"

namespace gilsim::memory {

Gauge::Gauge(trace::Recorder& recorder, std::string_view name, std::string_view unit, int process)
    : recorder_(recorder), counter_(static_cast<int>(recorder.directory.counters.size())) {
    recorder.directory.counters.push_back({std::string(name), std::string(unit), process});
}

void Gauge::set(Nanoseconds now, std::int64_t value) {
    if (last_ == value) return;
    last_ = value;
    recorder_.emit({.time = now, .kind = trace::EventKind::counter, .object = counter_, .value = value});
}

Gauges::Gauges(trace::Recorder& recorder, int id)
    : rss_(recorder, trace::kRssCounter, "B", id),
      uss_(recorder, trace::kUssCounter, "B", id),
      objects_(recorder, "objects", "", id),
      arenas_(recorder, "arenas", "", id),
      generations_{Gauge(recorder, "objects of generation 0", "", id), Gauge(recorder, "objects of generation 1", "", id),
                   Gauge(recorder, "objects of generation 2", "", id)} {}

void Gauges::show(Nanoseconds now, const Heap& heap) {
    rss_.set(now, heap.rss());
    uss_.set(now, heap.uss());
    objects_.set(now, heap.objects());
    arenas_.set(now, heap.arenas());
    for (std::size_t i = 0; i < generations_.size(); ++i)
        generations_[i].set(now, heap.objects(static_cast<Generation>(i)));
}

void Gauges::clear(Nanoseconds now) {
    for (Gauge* gauge : {&rss_, &uss_, &objects_, &arenas_, &generations_[0], &generations_[1], &generations_[2]})
        gauge->set(now, 0);
}

}  // namespace gilsim::memory
