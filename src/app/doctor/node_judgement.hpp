#pragma once

#include "app/client/http_fetch.hpp"
#include "app/config/config.hpp"
#include "app/doctor/finding.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::app {

// What came of a request.
struct Answer {
  std::optional<Fetched> got;  // nothing: `failure` says why
  std::string failure = {};

  int status() const { return got ? got->status : 0; }
  // The code of an error of rollcall's; empty: it is none.
  std::string error_code() const;
};

// The server itself, asked where it listens.
struct NodeAnswers {
  std::string url;
  Answer ready;   // /readyz
  Answer status;  // /api/v1/status
};

void judge(const NodeAnswers& node, Findings& findings);

}  // namespace rollcall::app
