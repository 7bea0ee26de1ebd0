#include "app/config/config_file.hpp"

#include "app/config/nearest.hpp"
#include "app/config/quote.hpp"
#include "app/config/settings.hpp"
#include "app/config/toml_parser.hpp"
#include "app/config/units.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

static_assert(kMaxNestedValues == TOML_MAX_NESTED_VALUES);

GivenValue given_list(const toml::array& array) {
  std::vector<std::string> items;
  for (const toml::node& item : array) {
    const auto* const text = item.as_string();
    if (text == nullptr) return Unusable{"a list that does not hold texts alone"};
    items.push_back(text->get());
  }
  return items;
}

GivenValue given_value(const toml::node& node) {
  if (const auto* const text = node.as_string()) return text->get();
  if (const auto* const number = node.as_integer()) return number->get();
  if (const auto* const flag = node.as_boolean()) return flag->get();
  if (const auto* const array = node.as_array()) return given_list(*array);
  if (node.is_floating_point()) return Unusable{"a fraction"};
  return Unusable{node.is_table() ? "a table" : "a date or time"};
}

// Walks the parsed file along the table of settings.
class FileReader {
 public:
  FileReader(std::string_view name, ConfigDraft& draft) : name_(name), draft_(draft) {}

  void read(const toml::table& root) {
    const std::vector<Setting> settings = settings_of(draft_.config);
    for (const Setting& setting : settings) known_.push_back(setting.path);
    for (const auto& [key, node] : root) {
      if (key == kRosterTable.name) {
        read_list(key, node, draft_.config.rosters);
      } else if (key == kRefreshTable.name) {
        read_list(key, node, draft_.config.refreshes);
      } else if (key == kRetentionTable.name) {
        read_list(key, node, draft_.config.retentions);
      } else {
        read_node(std::string(key.str()), key, node, settings);
      }
    }
  }

 private:
  Place place(const toml::source_region& source) const {
    return {name_, source.begin.line, source.begin.column};
  }

  void read_node(const std::string& path, const toml::key& key, const toml::node& node,
                 const std::vector<Setting>& settings) {
    const auto setting = std::ranges::find(settings, path, &Setting::path);
    if (setting != settings.end()) return set(*setting, path, key, node);
    const bool is_section = std::ranges::any_of(
        known_,
        [prefix = path + "."](std::string_view known) { return known.starts_with(prefix); });
    const auto* const table = node.as_table();
    if (!is_section) return unknown(path, key, table != nullptr);
    if (table == nullptr) {
      return draft_.complain_at(place(key.source()), path,
                                fmt::format("is a section: write [{}] above its settings", path));
    }
    for (const auto& [inner_key, inner] : *table) {
      read_node(fmt::format("{}.{}", path, inner_key.str()), inner_key, inner, settings);
    }
  }

  void set(const Setting& setting, const std::string& path, const toml::key& key,
           const toml::node& node) {
    draft_.note(path, place(key.source()));
    if (auto complaint = assign(setting, given_value(node))) {
      draft_.complain(path, std::move(*complaint));
    }
  }

  void unknown(const std::string& path, const toml::key& key, bool is_table) {
    std::vector<std::string_view> candidates = known_;
    if (is_table) {
      candidates = {kRosterTable.name, kRefreshTable.name, kRetentionTable.name};
      for (const std::string_view known : known_) {
        if (section_of(known) != candidates.back()) candidates.push_back(section_of(known));
      }
    }
    std::string hint = suggestion(path, candidates);
    if (hint.empty() && !is_table) hint = suggestion_by_key(key_of(path));
    draft_.complain_at(
        place(key.source()), "",
        fmt::format("unknown {} {}{}", is_table ? "section" : "key", excerpt(path), hint));
  }

  // A right key in a wrong section.
  std::string suggestion_by_key(std::string_view key) const {
    const auto same = std::ranges::find(known_, key, key_of);
    return same == known_.end() ? "" : fmt::format("; did you mean {}?", *same);
  }

  template <typename Entry>
  void read_list(const toml::key& key, const toml::node& node, std::vector<Entry>& entries) {
    const auto* const array = node.as_array();
    const bool holds_tables = array != nullptr && std::ranges::all_of(*array, [](const auto& n) {
                                return n.is_table();
                              });
    if (!holds_tables) {
      return draft_.complain_at(place(key.source()), key.str(),
                                fmt::format("is a list of tables: write [[{}]]", key.str()));
    }
    if (array->size() > kMaxListedTables) {
      return draft_.complain_at(place(key.source()), key.str(),
                                fmt::format("has over {} entries", kMaxListedTables));
    }
    entries.assign(array->size(), Entry{});
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const toml::node& item = *array->get(i);
      const std::string path = fmt::format("{}[{}]", key.str(), i);
      draft_.note(path, place(item.source()));
      read_entry(path, *item.as_table(), settings_of(entries[i]));
    }
  }

  void read_entry(const std::string& path, const toml::table& table,
                  const std::vector<Setting>& settings) {
    for (const auto& [key, node] : table) {
      const auto setting = std::ranges::find(settings, key.str(), &Setting::path);
      if (setting != settings.end()) {
        set(*setting, fmt::format("{}.{}", path, key.str()), key, node);
        continue;
      }
      std::vector<std::string_view> candidates;
      for (const Setting& known : settings) candidates.push_back(known.path);
      draft_.complain_at(
          place(key.source()), "",
          fmt::format("unknown key {} in [[{}]]{}", excerpt(key.str()),
                      path.substr(0, path.find('[')), suggestion(key.str(), candidates)));
    }
  }

  std::string name_;
  ConfigDraft& draft_;
  std::vector<std::string_view> known_;
};

// The line with too many dots, or 0. The parser makes a table of each dotted part without a limit,
// and each level of them takes stack when it is freed.
std::size_t line_of_deep_key(std::string_view text) {
  std::size_t line = 1;
  std::size_t dots = 0;
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      dots = 0;
    } else if (c == '.' && ++dots > kMaxLineDots) {
      return line;
    }
  }
  return 0;
}

bool makes_parser_give_up(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
  } catch (const toml::parse_error&) {
    return false;
  } catch (const ParserGaveUp&) {
    return true;
  }
  return false;
}

// The parser gives up without a position; it goes forward, so the shortest such beginning has it.
std::size_t line_of_surrender(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ends.push_back(i + 1);
  }
  const auto line = std::ranges::partition_point(
      ends, [&](std::size_t end) { return !makes_parser_give_up(text.substr(0, end)); });
  return static_cast<std::size_t>(line - ends.begin()) + 1;
}

}  // namespace

void read_config_text(std::string_view text, std::string_view name, ConfigDraft& draft) {
  const std::string source(name);
  if (text.size() > kMaxFileBytes) {
    return draft.complain_at({source}, "",
                             fmt::format("is larger than {}", format_bytes(kMaxFileBytes)));
  }
  if (const std::size_t line = line_of_deep_key(text); line != 0) {
    return draft.complain_at({source, line, 1}, "",
                             fmt::format("a line with over {} dots", kMaxLineDots));
  }
  try {
    FileReader(name, draft).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const toml::source_position& position = error.source().begin;
    draft.complain_at({source, position.line, position.column}, "",
                      std::string(error.description()));
  } catch (const ParserGaveUp&) {
    draft.complain_at({source, line_of_surrender(text), 1}, "", "is not TOML");
  }
}

base::Result<std::string> read_file(const std::string& path) {
  const auto failed = [&](std::string_view what) {
    return base::Error{base::Errc::invalid_argument, "unreadable_file",
                       fmt::format("{}: {}", path, what)};
  };
  std::ifstream file(path, std::ios::binary);
  if (!file) return failed(std::strerror(errno));
  std::string bytes(kMaxFileBytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad()) return failed(std::strerror(errno));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > kMaxFileBytes) {
    return failed(fmt::format("is larger than {}", format_bytes(kMaxFileBytes)));
  }
  return bytes;
}

base::Result<std::string> first_key_in(const std::string& path) {
  auto text = read_file(path);
  if (!text) return std::move(text).error();
  std::istringstream lines(text.value());
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with('#')) return line;
  }
  return base::Error{base::Errc::invalid_argument, "no_key", path + ": there is no key in it"};
}

}  // namespace rollcall::app
