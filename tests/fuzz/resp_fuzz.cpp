#include "adapters/redis/resp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using rollcall::redis::RespLimits;
using rollcall::redis::RespParser;
using rollcall::redis::RespValue;

constexpr RespLimits kSmall{256, 4096, 1024, 16 * 1024, 8};

// Feeds the input in pieces of one size.
std::vector<RespValue> parse(std::string_view input, std::size_t piece, bool& broken) {
  RespParser parser(kSmall);
  std::vector<RespValue> values;
  while (!input.empty()) {
    parser.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    while (true) {
      auto value = parser.next();
      broken = !value.ok();
      if (broken) return values;
      if (!value.value()) break;
      values.push_back(*std::move(value.value()));
    }
  }
  return values;
}

bool is_nan_free(const RespValue& value) {
  if (value.floating != value.floating) return false;
  for (const RespValue& element : value.elements) {
    if (!is_nan_free(element)) return false;
  }
  return true;
}

}  // namespace

// How a stream is cut must not matter.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  bool whole_broken = false;
  bool cut_broken = false;
  const auto whole = parse(input, input.size(), whole_broken);
  const auto cut = parse(input, 1 + data[0] % 17U, cut_broken);
  if (whole_broken != cut_broken || whole.size() != cut.size()) std::abort();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (is_nan_free(whole[i]) && !(whole[i] == cut[i])) std::abort();
  }
  return 0;
}
