#pragma once

#include "base/time.hpp"

#include <cstddef>

namespace rollcall::http {

// The limits of one client connection; [limits] in the configuration.
struct Limits {
  std::size_t connections = 100'000;
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 256 * 1024;
  std::size_t pipelined_bytes = 64 * 1024;
  std::size_t output_bytes = 1024 * 1024;
  base::Millis first_byte_timeout{10'000};
  base::Millis header_timeout{10'000};
  base::Millis body_timeout{20'000};
  base::Millis idle_timeout{75'000};
  base::Millis write_timeout{20'000};
  base::Millis request_deadline{1'000};
};

}  // namespace rollcall::http
