#include "model/machine/deadline_tree.hpp"

#include <algorithm>
#include <cstdint>

namespace gilsim::machine {

namespace {

bool before(const Thread& a, const Thread& b) {
    const SchedEntity& x = a.entity;
    const SchedEntity& y = b.entity;
    return x.deadline != y.deadline ? x.deadline < y.deadline : x.sequence < y.sequence;
}

/// A thread stands above those of lower rank: as good as at random, but the same in every run.
std::uint64_t rank(const Thread& thread) {
    const std::uint64_t mixed = (thread.entity.sequence ^ (thread.entity.sequence >> 7)) * 0x9e3779b97f4a7c15ULL;
    return mixed ^ (mixed >> 32);
}

/// When a thread that another core may pull left its core; `kNever` for those that sleep.
Nanoseconds off_core_since(const SchedEntity& e) {
    return e.delayed ? kNever : e.last_ran;
}

/// To be called from the leaves upwards when what is below has changed.
void update(Thread& thread) {
    SchedEntity& e = thread.entity;
    e.least_vruntime = e.vruntime;
    e.least_off_core_since = off_core_since(e);
    for (const Thread* child : {e.left, e.right}) {
        if (child == nullptr) continue;
        e.least_vruntime = std::min(e.least_vruntime, child->entity.least_vruntime);
        e.least_off_core_since = std::min(e.least_off_core_since, child->entity.least_off_core_since);
    }
}

}  // namespace

void DeadlineTree::insert(Thread& thread) {
    thread.entity.left = thread.entity.right = nullptr;
    insert_below(root_, thread);
    ++size_;
}

void DeadlineTree::erase(Thread& thread) {
    erase_below(root_, thread);
    --size_;
}

Thread* DeadlineTree::longest_off_core() const {
    if (root_ == nullptr || root_->entity.least_off_core_since == kNever) return nullptr;
    const Nanoseconds least = root_->entity.least_off_core_since;
    Thread* thread = root_;
    for (;;) {
        const SchedEntity& e = thread->entity;
        if (e.left != nullptr && e.left->entity.least_off_core_since == least)
            thread = e.left;
        else if (off_core_since(e) == least)
            return thread;
        else
            thread = e.right;
    }
}

void DeadlineTree::insert_below(Thread*& root, Thread& thread) {
    if (root == nullptr) {
        root = &thread;
    } else if (rank(thread) > rank(*root)) {
        split(root, thread, thread.entity.left, thread.entity.right);
        root = &thread;
    } else {
        insert_below(before(thread, *root) ? root->entity.left : root->entity.right, thread);
    }
    update(*root);
}

void DeadlineTree::erase_below(Thread*& root, Thread& thread) {
    if (root == &thread) {
        root = merge(thread.entity.left, thread.entity.right);
        return;
    }
    erase_below(before(thread, *root) ? root->entity.left : root->entity.right, thread);
    update(*root);
}

void DeadlineTree::update_below(Thread* root, Thread& thread) {
    if (root != &thread) update_below(before(thread, *root) ? root->entity.left : root->entity.right, thread);
    update(*root);
}

/// Cuts a tree in two: those before `at` and the others.
void DeadlineTree::split(Thread* tree, const Thread& at, Thread*& before_it, Thread*& after_it) {
    if (tree == nullptr) {
        before_it = after_it = nullptr;
        return;
    }
    if (before(*tree, at)) {
        before_it = tree;
        split(tree->entity.right, at, tree->entity.right, after_it);
    } else {
        after_it = tree;
        split(tree->entity.left, at, before_it, tree->entity.left);
    }
    update(*tree);
}

/// Joins two trees, of which all of the first stand before all of the second.
Thread* DeadlineTree::merge(Thread* first, Thread* second) {
    if (first == nullptr) return second;
    if (second == nullptr) return first;
    Thread* const root = rank(*first) > rank(*second) ? first : second;
    if (root == first)
        first->entity.right = merge(first->entity.right, second);
    else
        second->entity.left = merge(first, second->entity.left);
    update(*root);
    return root;
}

}  // namespace gilsim::machine
