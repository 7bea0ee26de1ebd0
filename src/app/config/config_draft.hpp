#pragma once

#include "app/config/config.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::app {

// Where a setting was given: a file and the position in it, a variable, or a flag.
struct Place {
  std::string source;
  std::size_t line = 0;  // from 1; 0: not in a file
  std::size_t column = 0;

  std::string text() const;  // "rollcall.toml:3:5", "--listen"
};

// A configuration on its way: what was read so far, where each setting came from, and all that is
// wrong with it. Settings are named by their path; those in a list of tables by "roster[0].ttl".
class ConfigDraft {
 public:
  Config config;

  void note(std::string path, Place place);

  void complain_at(Place place, std::string_view path, std::string message);

  // A problem with a setting, at the place where it was given, else where `other` or the table
  // that it belongs to was. Only the first problem of a setting counts: others follow from it.
  void complain(std::string_view path, std::string message, std::string_view other = {});

  // The configuration, or an error (invalid_config) whose message lists the problems, one a line,
  // those in a file in the order of its lines; beyond kMaxProblems they are only counted.
  static constexpr std::size_t kMaxProblems = 50;
  base::Result<Config> finish() &&;

 private:
  struct Problem {
    Place place;
    std::string path;
    std::string message;
  };

  const Place* find_place(std::string_view path) const;

  std::map<std::string, Place, std::less<>> places_;
  std::vector<Problem> problems_;
  std::size_t unlisted_problems_ = 0;
};

}  // namespace rollcall::app
