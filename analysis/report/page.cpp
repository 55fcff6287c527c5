#include <string_view>

#include "analysis/report/assets.hpp"
#include "analysis/report/formats.hpp"

namespace gilsim::analysis {
namespace {

// JSON inside a script element: `</` must not end it, and `<!--` must not begin a comment.
std::string for_script(std::string json) {
    std::string result;
    result.reserve(json.size());
    for (const char c : json) {
        if (c == '<') {
            result += "\\u003c";
        } else {
            result += c;
        }
    }
    return result;
}

std::string for_html(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '&':
                result += "&amp;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

}  // namespace

std::string report_page(const Json& data) {
    std::string title = "gilsim";
    if (data.contains("summary")) {
        title = data["summary"]["title"].get<std::string>() + " - gilsim";
    } else if (!data["sweeps"].empty()) {
        title = data["sweeps"][0]["title"].get<std::string>() + " - gilsim";
    }
    std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    page += "<title>" + for_html(title) + "</title>\n<style>\n";
    page += assets::style();
    page +=
        "</style>\n</head>\n<body>\n<noscript>This report is drawn by JavaScript. Without it: gilsim report --format "
        "md.</noscript>\n<main id=\"report\"></main>\n<script id=\"data\" type=\"application/json\">";
    page += for_script(data.dump(-1, ' ', false, Json::error_handler_t::replace));
    page += "</script>\n<script>\n";
    page += assets::d3();
    page += "\n</script>\n<script>\n'use strict';\n";
    page += assets::scripts();
    page += "</script>\n</body>\n</html>\n";
    return page;
}

}  // namespace gilsim::analysis
