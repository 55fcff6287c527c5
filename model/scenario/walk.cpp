#include "model/scenario/walk.hpp"

#include <algorithm>

namespace gilsim::scenario {

const Program* body(const Op& op) {
    if (const auto* with = std::get_if<With>(&op.what)) return &with->body;
    if (const auto* repeat = std::get_if<Repeat>(&op.what)) return &repeat->body;
    if (const auto* request = std::get_if<Request>(&op.what)) return &request->body;
    if (const auto* section = std::get_if<CriticalSection>(&op.what)) return &section->body;
    if (const auto* lock = std::get_if<Lock>(&op.what)) return &lock->patience.otherwise;
    if (const auto* wait = std::get_if<Wait>(&op.what)) return &wait->patience.otherwise;
    if (const auto* put = std::get_if<Put>(&op.what)) return &put->patience.otherwise;
    if (const auto* get = std::get_if<Get>(&op.what)) return &get->patience.otherwise;
    if (const auto* submit = std::get_if<Submit>(&op.what)) return &submit->body;
    if (const auto* map = std::get_if<Map>(&op.what)) return &map->body;
    if (const auto* results = std::get_if<Results>(&op.what)) return &results->otherwise;
    if (const auto* receive = std::get_if<Receive>(&op.what)) return &receive->patience.otherwise;
    if (const auto* all = std::get_if<ReceiveAll>(&op.what)) return &all->body;
    if (const auto* call = std::get_if<CallManager>(&op.what)) return &call->body;
    if (const auto* serve = std::get_if<Serve>(&op.what)) return &serve->body;
    if (const auto* loop = std::get_if<Asyncio>(&op.what)) return &loop->body;
    if (const auto* task = std::get_if<CreateTask>(&op.what)) return &task->body;
    if (const auto* thread = std::get_if<ToThread>(&op.what)) return &thread->body;
    return nullptr;
}

void each(const Program& ops, const std::function<void(const Op&)>& visit) {
    for (const Op& op : ops) {
        visit(op);
        if (const Program* inner = body(op)) each(*inner, visit);
        if (const auto* map = std::get_if<Map>(&op.what)) each(map->otherwise, visit);
    }
}

namespace {

void each_run(const Variant& variant, int program, const std::function<void(const Op&)>& visit, std::vector<bool>& seen) {
    if (program < 0 || seen[static_cast<std::size_t>(program)]) return;
    seen[static_cast<std::size_t>(program)] = true;
    each(variant.programs[static_cast<std::size_t>(program)], [&](const Op& op) {
        visit(op);
        if (const auto* run = std::get_if<Run>(&op.what)) each_run(variant, run->program, visit, seen);
    });
}

}  // namespace

void each_run(const Variant& variant, int program, const std::function<void(const Op&)>& visit) {
    std::vector<bool> seen(variant.programs.size());
    each_run(variant, program, visit, seen);
}

bool handed_over(const Variant& variant, int object) {
    return std::any_of(variant.programs.begin(), variant.programs.end(), [object](const Program& program) {
        bool takes = false;
        bool releases = false;
        each(program, [&](const Op& op) {
            if (const auto* lock = std::get_if<Lock>(&op.what)) takes |= lock->lock == object;
            if (const auto* unlock = std::get_if<Unlock>(&op.what)) releases |= unlock->lock == object;
        });
        return releases && !takes;
    });
}

}  // namespace gilsim::scenario
