#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace rollcall::base {

// What went wrong, in the terms that a caller acts on. The transport maps each to one HTTP status.
enum class Errc {
  invalid_argument,
  unauthenticated,
  forbidden,
  not_found,
  too_large,
  rate_limited,
  overloaded,   // a named limit of this process is reached; later may succeed
  unavailable,  // a dependency does not answer, or refuses
  timeout,      // no answer in time; the change may or may not have been made
  internal,
};

struct Error {
  Errc kind;
  std::string_view code;  // snake_case, of static storage; clients match on it
  std::string message;    // for people; never holds a secret
};

// A value or an error. Callers check ok() once, at the place that can act on it.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;

}  // namespace rollcall::base
