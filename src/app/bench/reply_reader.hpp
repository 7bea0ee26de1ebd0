#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::bench {

struct Reply {
  int status = 0;
  bool keeps_alive = false;
  std::string body;

  // Of one that is not what was asked for: "503 overloaded", with the code of an error of
  // rollcall's, "502", or "200 that is not rollcall's".
  std::string kind() const;
};

// Answers out of bytes, one after the other.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();

  // Takes of the front what belongs to the answer under way. True: it is whole, as reply().
  // False: it is not, and `bytes` is empty, or what came is no HTTP (is_broken()).
  bool take(std::string_view& bytes);
  bool is_broken() const { return is_broken_; }
  const Reply& reply() const { return reply_; }

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
  std::string kept_;  // of a line that has not arrived whole
  Reply reply_;
  bool is_broken_ = false;
};

}  // namespace rollcall::bench
