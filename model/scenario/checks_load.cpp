/// What must hold of clients, sockets and those who serve them.

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/checks.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/tree.hpp"
#include "model/scenario/units.hpp"
#include "model/scenario/walk.hpp"

namespace gilsim::scenario {
namespace {

class LoadChecker {
public:
    LoadChecker(const Variant& variant, const Place& document, Diagnostics& diagnostics)
        : variant_(variant), document_(document), diagnostics_(diagnostics) {}

    void all() {
        std::vector<bool> served(variant_.sockets.size());
        for (const Program& ops : variant_.programs) {
            each(ops, [&](const Op& op) {
                if (const auto* serve = std::get_if<Serve>(&op.what)) served[static_cast<std::size_t>(serve->socket)] = true;
            });
        }
        std::vector<bool> asked(variant_.sockets.size());
        for (const ClientSpec& client : variant_.clients) {
            check_load_of(client);
            const auto socket = static_cast<std::size_t>(client.socket);
            asked[socket] = true;
            if (!served[socket])
                error(client, fmt::format("nobody serves socket {}", quote(variant_.sockets[socket].name)),
                      "a program must 'serve' it");
        }
        for (std::size_t i = 0; i < asked.size(); ++i) {
            const SocketSpec& socket = variant_.sockets[i];
            if (!asked[i] && served[i])
                diagnostics_.error(place(socket.line, socket.column), below("sockets", socket.name),
                                   "no client sends requests to this socket", "add one under 'clients'");
        }
    }

private:
    [[nodiscard]] Place place(int line, int column) const {
        return line > 0 ? Place{document_.source, line, column} : document_;
    }
    void error(const ClientSpec& client, const std::string& what, const std::string& hint) {
        diagnostics_.error(place(client.line, client.column), below("clients", client.name), what, hint);
    }
    void check_load_of(const ClientSpec& client) {
        const bool every = client.every.kind != Span::Kind::constant || client.every.a >= 0;
        const int kinds = (client.users > 0 ? 1 : 0) + (every ? 1 : 0) + (client.at.empty() ? 0 : 1);
        if (kinds != 1)
            return error(client, "how requests come must be said in exactly one way",
                         "'users' (a closed loop), 'every' (an open loop) or 'at' (a trace of arrivals)");
        if (every && client.every.kind == Span::Kind::constant && client.every.a == 0)
            error(client, "requests without any time between them: an unbounded rate of arrivals",
                  "make 'every' longer than 0");
        if (every && client.every.kind != Span::Kind::constant && client.every.b == 0 && client.every.a == 0)
            error(client, "requests without any time between them: an unbounded rate of arrivals",
                  "make 'every' longer than 0");
        if (!std::is_sorted(client.at.begin(), client.at.end()))
            error(client, "the dates of 'at' must ascend", "sort them");
        else if (!client.at.empty() && client.at.front() < client.start)
            error(client,
                  fmt::format("a date of 'at' ({}) comes before their 'start' ({})", format_duration(client.at.front()),
                              format_duration(client.start)),
                  "the dates count from the beginning of the run: leave 'start' away, or the earlier dates");
        const bool ends = client.duration >= 0 || client.requests >= 0 || !client.at.empty();
        if (!ends && variant_.limit == kNever)
            error(client, "these clients would send requests for ever, and the run would never end",
                  "give 'for' or 'requests', or a 'limit' to the scenario");
        if (client.on_machine && client.users == 0)
            error(client, "clients in an open loop take no core", "leave 'cores: shared' away, or give 'users'");
    }

    const Variant& variant_;
    Place document_;
    Diagnostics& diagnostics_;
};

}  // namespace

void check_load(const Variant& variant, const Place& document, Diagnostics& diagnostics) {
    LoadChecker(variant, document, diagnostics).all();
}

}  // namespace gilsim::scenario
