# Carries out steps with net-sftp: a task as lines on stdin, the answer as lines on stdout (see
# interop/clients/driver.py).

require "net/sftp"
require "net/ssh/proxy/command"

def unescaped(text)
  text.b.gsub(/%(\h\h)/) { $1.hex.chr }.force_encoding("UTF-8")
end

def escaped(text)
  text.to_s.b.gsub(%r{[^A-Za-z0-9/._-]}n) { |byte| format("%%%02X", byte.ord) }
end

def read_task(input)
  task = { "steps" => [], "answers" => [] }
  input.each_line(chomp: true) do |line|
    name, *words = line.split(" ", -1).map { |word| unescaped(word) }
    case name
    when "step" then task["steps"] << words
    when "answer" then task["answers"] << words.first
    else task[name] = words.first
    end
  end
  task
end

# Answers the questions of keyboard-interactive in turn.
class Answering
  def initialize(answers) = @answers = answers
  def start(_about) = self
  def ask(_prompt, _echo = true) = @answers.shift
  def success; end
end

# The library goes through these once, and passes over those that the server does not name. So there is a
# dialogue for each answer, and where key and password are wanted the key has a turn before and after.
def methods_of(task)
  asked = task["password"] ? ["password"] + ["keyboard-interactive"] * [task["answers"].size, 1].max : []
  return %w[none publickey] + asked + ["publickey"] if task["key"] && task["password"]

  task["key"] ? ["publickey"] : asked
end

# Net::SSH.start's options. Whatever the task does not name stays the library's own choice.
def options_of(task)
  options = {
    port: task["port"].to_i,
    config: false,
    use_agent: false,
    non_interactive: task["answers"].empty?,
    number_of_password_prompts: 0,
    timeout: 20,
    keys: [task["key"], task["second_key"]].compact,
    keys_only: true,
    auth_methods: methods_of(task),
    verify_host_key: task["known_hosts"] ? :always : :never,
    user_known_hosts_file: task["known_hosts"] || File::NULL,
    global_known_hosts_file: File::NULL,
  }
  { "kex" => :kex, "host_key" => :host_key, "cipher" => :encryption, "mac" => :hmac }.each do |name, option|
    options[option] = task[name].split(",") if task[name]
  end
  options[:keycerts] = [task["certificate"]] if task["certificate"]
  options[:password] = task["password"] if task["password"] && task["answers"].empty?
  options[:password_prompt] = Answering.new(task["answers"]) unless task["answers"].empty?
  options[:compression] = task["compression"] == "1" if task["compression"]
  options[:rekey_limit] = task["rekey_bytes"].to_i if task["rekey_bytes"]
  options[:proxy] = Net::SSH::Proxy::Command.new(task["proxy_command"]) if task["proxy_command"]
  options
end

# Only version 4 and later say the type in so many words.
def type_of(attributes)
  return "directory" if attributes.directory?
  return "symlink" if attributes.symlink?

  attributes.file? ? "file" : "other"
end

class Driver
  attr_reader :answer

  def initialize(sftp, base)
    @sftp = sftp
    @base = base
    @answer = []
  end

  def remote(name)
    name.start_with?("/") ? name : File.join(@base, name)
  end

  def put(local, name) = @sftp.upload!(local, remote(name))
  def put_tree(local, name) = @sftp.upload!(local, remote(name), mkdir: true)
  def get(name, local) = @sftp.download!(remote(name), local)
  def get_tree(name, local) = @sftp.download!(remote(name), local, recursive: true)
  def rename(old, new) = @sftp.rename!(remote(old), remote(new))
  def mkdir(name) = @sftp.mkdir!(remote(name))
  def rmdir(name) = @sftp.rmdir!(remote(name))
  def rm(name) = @sftp.remove!(remote(name))
  def chmod(mode, name) = @sftp.setstat!(remote(name), permissions: mode.to_i(8))
  def hardlink(old, new) = @sftp.link!(remote(new), remote(old), false)

  # Up to version 5 the library sends the link first, as the drafts say, but every server wants it
  # last, as OpenSSH does: its users swap the two. Version 6 has another request, which is clear.
  def symlink(target, name)
    paths = [remote(name), target]
    @sftp.symlink!(*(@sftp.protocol.version < 6 ? paths.reverse : paths))
  end

  def exec(command)
    output = +""
    status = {}
    keep = ->(_channel, stream, data) { output << data if stream == :stdout }
    @sftp.session.exec(command, status: status, &keep).wait
    raise "exit status #{status[:exit_code].inspect}: #{output}" unless status[:exit_code] == 0

    @answer = [["output", output]]
  end

  def ls(name)
    names = @sftp.dir.entries(remote(name)).map(&:name) - %w[. ..]
    @answer = names.map { |found| ["name", found] }
  end

  def stat(name)
    found = @sftp.stat!(remote(name))
    mode = format("%o", found.permissions & 0o7777)
    @answer = [["size", found.size], ["mode", mode], ["type", type_of(found)]]
  end

  def readlink(name)
    @answer = [["link", @sftp.readlink!(remote(name)).name]]
  end
end

VERBS = Driver.public_instance_methods(false).map(&:to_s) - %w[answer remote]

def work(task)
  Net::SSH.start(task["host"], task["user"], options_of(task)) do |ssh|
    version = task["sftp_version"]&.to_i
    sftp = Net::SFTP::Session.new(ssh, version).connect!
    raise Net::SFTP::Exception, "the channel closed before SFTP began" unless sftp.open?

    driver = Driver.new(sftp, task["base"])
    task["steps"].each do |verb, *words|
      driver.public_send(verb, *words)
    rescue NotImplementedError # the SFTP version spoken has no such request
      abort "unsupported: #{verb}"
    end
    driver.answer
  end
end

begin
  task = read_task($stdin)
  unknown = task["steps"].map(&:first).find { |verb| !VERBS.include?(verb) }
  abort "unsupported: #{unknown}" if unknown
  work(task).each { |name, value| puts "#{name} #{escaped(value)}" }
rescue RuntimeError, SystemCallError, IOError, ArgumentError => error # RuntimeError: the libraries' own
  abort "#{error.class}: #{error.message}"
end
