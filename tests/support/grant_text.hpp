// Grants for tests, from short texts, read by a parser of their own: "example.com" (all in a zone), "*" (everything), "host home.example.com",
// and words after a name for a grant without preset: "_acme-challenge.*.example.com types TXT exact apex may update,transfer". `+` before
// the name where no word follows: "+ example.com" is the usual grant. A label `*` stands for any; `\*` for itself.
#pragma once

#include "storage/key_record.hpp"
#include "tests/support/record_text.hpp"

#include <algorithm>

namespace homing::tests {

inline std::vector<std::string> parts(std::string text, char separator)
{
    std::vector<std::string> found;
    for (std::size_t end; (end = text.find(separator)) != std::string::npos; text.erase(0, end + 1))
        found.push_back(text.substr(0, end));
    found.push_back(text);
    return found;
}

inline storage::grant where(std::string text)
{
    storage::grant g;
    auto labels = parts(text.ends_with('.') ? text.substr(0, text.size() - 1) : text, '.');
    std::string plain;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        g.any[labels.size() - 1 - i] = labels[i] == "*";
        plain += (labels[i] == "\\*" ? "*" : labels[i]) + ".";
    }
    g.where = name(plain).to_lower();
    return g;
}

inline storage::grant grant(std::string const& text)
{
    if (text == "*")
        return storage::grant::admin();
    auto w = words(text);
    auto const preset = w.size() == 1 ? storage::preset::zone : storage::preset_from_text(w[0]);
    if (preset) {
        auto g = where(w.back());
        g.preset = *preset;
        return g;
    }
    if (w[0] == "+")
        w.erase(w.begin());
    auto g = where(w[0]);
    g.may.update = true;
    for (std::size_t i = 1; i < w.size(); ++i)
        if (w[i] == "exact") {
            g.exact = true;
        } else if (w[i] == "apex") {
            g.at_apex = true;
        } else if (w[i] == "types") {
            for (auto const& t : parts(w[++i], ','))
                g.types.push_back(type(t));
            std::sort(g.types.begin(), g.types.end());
        } else if (w[i] == "may") {
            auto const may = parts(w[++i], ',');
            auto const has = [&](char const* r) { return std::find(may.begin(), may.end(), r) != may.end(); };
            g.may = {has("update"), has("transfer"), has("query")};
        }
    return g;
}

} // namespace homing::tests
