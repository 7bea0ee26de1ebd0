# An application's backend in Ruby 3, with what rollcall adds to it. The methods of Rollcall need
# nothing but Ruby; any JWT library makes the same token. (The server below is of ruby-webrick.)
require "json"
require "net/http"
require "openssl"
require "webrick"

module Rollcall
  URL = ENV.fetch("ROLLCALL_URL")
  API_KEY = ENV.fetch("ROLLCALL_API_KEY")
  SECRET = File.read(ENV.fetch("ROLLCALL_SECRET_FILE")).chomp

  # A token that is good for ten minutes. `watch`: whose presence the user may see.
  def self.token_for(user, watch: [])
    encode = ->(bytes) { [bytes].pack("m0").tr("+/", "-_").delete("=") }
    claims = { sub: user.to_s, exp: Time.now.to_i + 600, rollcall: { watch: watch } }
    text = [{ alg: "HS256", typ: "JWT" }, claims].map { |part| encode.(part.to_json) }.join(".")
    "#{text}.#{encode.(OpenSSL::HMAC.digest("SHA256", SECRET, text))}"
  end

  # To each tab and device of a user. Answers whether there was one.
  def self.notify(user, message)
    id = URI.encode_www_form_component(user.to_s).gsub("+", "%20")
    call(Net::HTTP::Post, "/realtime/users/#{id}/messages", message)["live"]
  end

  # Work that is worth it only while somebody looks.
  def self.refresh_navbar
    return false if call(Net::HTTP::Get, "/rosters/crm_navbar")["online"].zero?

    call(Net::HTTP::Post, "/realtime/broadcast", { type: "refresh" })
    true
  end

  def self.call(method, path, body = nil)
    uri = URI("#{URL}/api/v1#{path}")
    request = method.new(uri, "Authorization" => "Bearer #{API_KEY}",
                              "Content-Type" => "application/json")
    request.body = body.to_json if body
    options = { use_ssl: uri.scheme == "https", open_timeout: 2, read_timeout: 2 }
    response = Net::HTTP.start(uri.hostname, uri.port, options) { |http| http.request(request) }
    response.value # raises for an error
    JSON.parse(response.body)
  end
end

# Who is signed in: yours comes from your session, not from a cookie that anyone can set.
def signed_in(request) = request.cookies.find { |cookie| cookie.name == "user" }&.value

SERVER = WEBrick::HTTPServer.new(
  BindAddress: "127.0.0.1", Port: Integer(ENV.fetch("PORT", "0")), AccessLog: [],
  Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN)
)
SERVER.mount_proc("/") do |request, response|
  user = signed_in(request)
  route = user && "#{request.request_method} #{request.path}"
  response.content_type = "text/plain"
  response.status, response.body =
    case route
    when nil then [401, "sign in first"]
    when "POST /rollcall-token" then [200, Rollcall.token_for(user, watch: ["grace"])]
    when "POST /report" then [200, Rollcall.notify(user, { type: "report" }).to_s]
    when "POST /refresh" then [200, Rollcall.refresh_navbar.to_s]
    else [404, "not found"]
    end
end
trap("TERM") { SERVER.shutdown }
$stdout.sync = true
puts "listening on http://127.0.0.1:#{SERVER.config[:Port]}"
SERVER.start
