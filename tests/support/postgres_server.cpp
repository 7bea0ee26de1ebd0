#include "support/postgres_server.hpp"

#include "adapters/postgres/libpq.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rollcall::support {
namespace {

namespace fs = std::filesystem;
using boost::asio::ip::tcp;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{20};
constexpr std::chrono::milliseconds kLookAgain{5};
constexpr int kAttempts = 5;  // another program may take the port between two looks
constexpr const char* kSuperuser = "rollcall";

struct Account {
  uid_t user;
  gid_t group;
};

std::optional<Account> unprivileged_account() {
  if (::geteuid() != 0) return std::nullopt;
  const passwd* entry = ::getpwnam("postgres");
  if (entry == nullptr) throw std::runtime_error("no user postgres to run the server as");
  return Account{entry->pw_uid, entry->pw_gid};
}

// The newest of the versions that are installed.
fs::path binaries() {
  fs::path newest;
  int version = 0;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql")) {
    const int found = std::atoi(entry.path().filename().c_str());
    if (found > version) newest = entry.path() / "bin";
    version = std::max(version, found);
  }
  if (newest.empty()) throw std::runtime_error("PostgreSQL is not installed");
  return newest;
}

fs::path make_folder() {
  std::string pattern = (fs::temp_directory_path() / "rollcall-postgres-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  const auto account = unprivileged_account();
  if (account && ::chown(pattern.c_str(), account->user, account->group) != 0) {
    throw std::runtime_error("the temporary folder cannot be handed over");
  }
  return pattern;
}

pid_t spawn(const std::vector<std::string>& words, const fs::path& log,
            std::uint64_t file_bytes = 0) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const auto account = unprivileged_account();
  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("no process could be made");
  if (process > 0) return process;
  if (account) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(account->group) != 0 ||
        ::setuid(account->user) != 0) {
      ::_exit(126);
    }
  }
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // a test that crashes leaves no server behind
  const rlimit limit{file_bytes, file_bytes};
  if (file_bytes > 0 && ::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(126);
  const int file = ::open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

void run(const std::vector<std::string>& words, const fs::path& log) {
  int status = 0;
  const pid_t process = spawn(words, log);
  if (::waitpid(process, &status, 0) != process || status != 0) {
    throw std::runtime_error(words[0] + " failed; see " + log.string());
  }
}

// A cluster that was initialized and never started; each server begins as a copy.
class Template {
 public:
  Template() : folder_(make_folder()) {
    const fs::path password = folder_ / "password";
    std::ofstream(password) << PostgresServer::kPassword << '\n';
    fs::permissions(password, fs::perms::others_read, fs::perm_options::add);
    run({binaries() / "initdb", "--pgdata=" + data().string(), "--no-sync", "--encoding=UTF8",
         "--locale=C", "--wal-segsize=1", "--auth-local=trust", "--auth-host=scram-sha-256",
         std::string("--username=") + kSuperuser, "--pwfile=" + password.string()},
        folder_ / "log");
  }
  ~Template() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  fs::path data() const { return folder_ / "data"; }

 private:
  fs::path folder_;
};

std::uint16_t free_port() {
  boost::asio::io_context context;
  const tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

std::vector<pid_t> children_of(pid_t process) {
  const std::string name = std::to_string(process);
  std::ifstream file("/proc/" + name + "/task/" + name + "/children");
  return {std::istream_iterator<pid_t>(file), {}};
}

}  // namespace

PostgresServer::PostgresServer() : folder_(make_folder()) {
  static const Template initialized;
  run({"cp", "-r", initialized.data().string(), (folder_ / "data").string()}, folder_ / "log");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    port_ = free_port();
    launch();
    if (wait_until_ready()) return;
    kill();
  }
  throw std::runtime_error("PostgreSQL does not start: " + log());
}

PostgresServer::~PostgresServer() {
  if (process_ > 0) {
    resume();
    ::kill(process_, SIGQUIT);
    const auto deadline = steady_clock::now() + kPatience;
    while (is_alive() && steady_clock::now() < deadline) std::this_thread::sleep_for(kLookAgain);
    kill();
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string PostgresServer::url(std::string_view database) const {
  return url_as(kSuperuser, kPassword, database);
}

std::string PostgresServer::url_as(std::string_view role, std::string_view password,
                                   std::string_view database) const {
  std::string url = "postgresql://";
  url.append(role).append(":").append(password).append("@127.0.0.1:");
  return url.append(std::to_string(port_)).append("/").append(database);
}

std::string PostgresServer::socket_url() const {
  return "host=" + folder_.string() + " port=" + std::to_string(port_) + " user=" + kSuperuser +
         " dbname=postgres";
}

void PostgresServer::launch() {
  process_ =
      spawn({binaries() / "postgres", "-D", folder_ / "data", "-k", folder_, "-h", "127.0.0.1",
             "-p", std::to_string(port_), "-c", "fsync=off", "-c", "full_page_writes=off", "-c",
             "shared_buffers=64MB", "-c", "max_connections=64", "-c", "timezone=Asia/Kathmandu",
             // Nothing is written but what a test asks for.
             "-c", "autovacuum=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0"},
            folder_ / "log", file_bytes_);
}

bool PostgresServer::is_alive() {
  if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = -1;
  return process_ > 0;
}

bool PostgresServer::wait_until_ready() {
  const auto deadline = steady_clock::now() + kPatience;
  while (is_alive() && steady_clock::now() < deadline) {
    if (PQping(socket_url().c_str()) == PQPING_OK) return true;
    std::this_thread::sleep_for(kLookAgain);
  }
  return false;
}

void PostgresServer::signal_all(int signal) const {
  const auto children = children_of(process_);
  ::kill(process_, signal);
  for (const pid_t child : children) ::kill(child, signal);
}

void PostgresServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGSTOP);  // or it would start new ones meanwhile
  signal_all(SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void PostgresServer::pause() {
  signal_all(SIGSTOP);
}

void PostgresServer::resume() {
  signal_all(SIGCONT);
}

void PostgresServer::start() {
  const auto deadline = steady_clock::now() + kPatience;
  do {  // it refuses while a process of the one before still dies
    launch();
    if (wait_until_ready()) return;
  } while (steady_clock::now() < deadline);
  throw std::runtime_error("PostgreSQL does not start again: " + log());
}

std::string PostgresServer::query(const std::string& sql, std::string_view database) const {
  const postgres::ConnectionPtr connection(PQconnectdb(url(database).c_str()));
  const postgres::ResultPtr result(PQexec(connection.get(), sql.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string PostgresServer::log() const {
  std::ifstream file(folder_ / "log");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace rollcall::support
