# frozen_string_literal: true

# A program beside rollcall that keeps the same roster: who has the navigation bar of a CRM open.
# Reads a command a line from standard input and answers each with a line.
#
#   ruby crm_navbar.rb PORT

require 'redis'

class LiveUsers
  KEY = 'crm_navbar:live_users'
  TTL = 300
  KEY_EXPIRY = 86_400

  def initialize(redis)
    @redis = redis
  end

  def touch(id)
    @redis.zadd(KEY, Time.now.to_f, id)
    @redis.expire(KEY, KEY_EXPIRY)
  end

  def list
    @redis.zremrangebyscore(KEY, '-inf', "(#{cutoff}")
    @redis.zrange(KEY, 0, -1)
  end

  def live?(id)
    score = @redis.zscore(KEY, id)
    !score.nil? && score >= cutoff
  end

  def reset
    @redis.del(KEY)
  end

  private

  def cutoff
    Time.now.to_f - TTL
  end
end

$stdout.sync = true
users = LiveUsers.new(Redis.new(host: '127.0.0.1', port: Integer(ARGV.fetch(0))))
puts 'ready'
$stdin.each_line(chomp: true) do |line|
  command, id = line.split(' ', 2)
  case command
  when 'touch' then users.touch(id)
                    puts 'done'
  when 'list' then puts users.list.sort.join(' ')
  when 'live?' then puts users.live?(id)
  when 'reset' then users.reset
                    puts 'done'
  else puts 'unknown'
  end
end
