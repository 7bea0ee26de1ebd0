#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall::http {

// The members of a flat JSON object (RFC 8259), which is all that request bodies are made of.
// Strict: nothing behind the object, no name twice (RFC 7493, 2.3), valid UTF-8, at most
// kMaxDepth deep. Members that no route asks for are passed over.
class JsonFields {
 public:
  static constexpr std::size_t kMaxDepth = 16;
  static constexpr std::size_t kMaxFields = 64;
  static constexpr std::size_t kMaxListed = 1000;  // strings in one list

  using List = std::vector<std::string>;
  struct Other {};  // null, a number, an object, or a list that is not all strings
  using Value = std::variant<Other, bool, std::string, List>;

  static base::Result<JsonFields> parse(std::string_view text);

  // Null when there is no such member.
  const Value* find(std::string_view name) const;

  void add(std::string name, Value value);

 private:
  struct Field {
    std::string name;
    Value value;
  };
  std::vector<Field> fields_;
};

}  // namespace rollcall::http
