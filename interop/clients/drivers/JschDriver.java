// Carries out steps with JSch: a task as lines on stdin, the answer as lines on stdout (see
// interop/clients/driver.py).

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Proxy;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpATTRS;
import com.jcraft.jsch.SftpException;
import com.jcraft.jsch.SftpProgressMonitor;
import com.jcraft.jsch.SftpStatVFS;
import com.jcraft.jsch.SocketFactory;
import com.jcraft.jsch.UIKeyboardInteractive;
import com.jcraft.jsch.UserInfo;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public final class JschDriver {
  private static final int TIMEOUT = 20000; // milliseconds
  private static final List<String> VERBS = List.of("put", "get", "resume_put", "resume_get", "ls", "stat",
      "rename", "mkdir", "rmdir", "rm", "chmod", "symlink", "readlink", "hardlink", "statvfs", "exec");

  private static final List<String> SIGNATURES = List.of("ssh-rsa", "ssh-dss"); // they have other names there

  private final Map<String, String> task = new HashMap<>();
  private final List<String[]> steps = new ArrayList<>();
  private final List<String> answers = new ArrayList<>();
  private final List<String> answer = new ArrayList<>();
  private Session session;
  private ChannelSftp sftp;

  public static void main(String[] arguments) throws IOException {
    JschDriver driver = new JschDriver();
    driver.readTask();
    try {
      driver.work();
    } catch (JSchException | SftpException | IOException error) {
      fail(error.getClass().getSimpleName() + ": " + error.getMessage() + causes(error));
    }
    driver.answer.forEach(System.out::println);
    System.out.flush();
    Runtime.getRuntime().halt(0); // the library's threads have nothing left to do
  }

  private static void fail(String line) {
    System.err.println(line);
    System.err.flush();
    Runtime.getRuntime().halt(1);
  }

  private static String causes(Throwable error) {
    Throwable cause = error.getCause();
    return cause == null ? "" : " (" + cause + ")" + causes(cause);
  }

  // --- The task and the answer ---

  private void readTask() throws IOException {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ", -1);
      for (int index = 1; index < words.length; ++index) words[index] = unescaped(words[index]);
      if (words[0].equals("step")) steps.add(words);
      else if (words[0].equals("answer")) answers.add(words[1]);
      else task.put(words[0], words[1]);
    }
    for (String[] step : steps) {
      if (!VERBS.contains(step[1])) fail("unsupported: " + step[1]);
    }
  }

  private static String unescaped(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int index = 0; index < text.length(); ++index) {
      if (text.charAt(index) == '%') {
        bytes.write(Integer.parseInt(text.substring(index + 1, index + 3), 16));
        index += 2;
      } else {
        bytes.write(text.charAt(index));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void say(String name, String value) {
    StringBuilder line = new StringBuilder(name).append(' ');
    for (byte one : value.getBytes(StandardCharsets.UTF_8)) {
      boolean plain = one >= 'a' && one <= 'z' || one >= 'A' && one <= 'Z' || one >= '0' && one <= '9';
      line.append(plain ? String.valueOf((char) one) : String.format("%%%02X", one));
    }
    answer.add(line.toString());
  }

  // --- The connection ---

  private void connect() throws JSchException {
    JSch jsch = new JSch();
    session = jsch.getSession(task.get("user"), task.get("host"), Integer.parseInt(task.get("port")));
    String knownHosts = task.get("known_hosts");
    if (knownHosts != null) jsch.setKnownHosts(knownHosts);
    session.setConfig("StrictHostKeyChecking", knownHosts == null ? "no" : "yes");
    List<String> methods = new ArrayList<>();
    for (String name : List.of("key", "second_key")) {
      if (task.get(name) != null) jsch.addIdentity(task.get(name));
    }
    if (task.get("key") != null) methods.add("publickey");
    if (task.get("password") != null) {
      session.setPassword(task.get("password").getBytes(StandardCharsets.UTF_8));
      session.setUserInfo(new Answering());
      methods.addAll(List.of("keyboard-interactive", "password"));
    }
    session.setConfig("PreferredAuthentications", String.join(",", methods));
    chooseAlgorithms();
    if (task.get("proxy_command") != null) session.setProxy(new Command(task.get("proxy_command")));
    session.setTimeout(TIMEOUT);
    session.connect(TIMEOUT);
  }

  // Whatever the task does not name stays the library's own choice.
  private void chooseAlgorithms() {
    String compression = task.get("compression");
    if (compression != null) {
      compression = compression.equals("1") ? "zlib@openssh.com,zlib" : "none";
      task.put("compression", compression);
    }
    choose("kex", "kex");
    choose("host_key", "server_host_key");
    for (String direction : List.of(".c2s", ".s2c")) {
      choose("cipher", "cipher" + direction);
      choose("mac", "mac" + direction);
      choose("compression", "compression" + direction);
    }
  }

  private void choose(String name, String option) {
    if (task.get(name) == null) return;
    for (String algorithm : task.get(name).split(",")) { // the library itself fails after the choice only
      boolean known = session.getConfig(algorithm) != null || SIGNATURES.contains(algorithm);
      if (!known) fail("Driver: " + algorithm + " is not a supported algorithm");
    }
    session.setConfig(option, task.get(name));
  }

  // Answers the questions of keyboard-interactive in turn, or with the password.
  private final class Answering implements UserInfo, UIKeyboardInteractive {
    @Override
    public String[] promptKeyboardInteractive(String where, String name, String about, String[] prompts,
        boolean[] echo) {
      String[] replies = new String[prompts.length];
      for (int index = 0; index < replies.length; ++index) {
        replies[index] = answers.isEmpty() ? task.get("password") : answers.remove(0);
      }
      return replies;
    }

    @Override
    public String getPassphrase() {
      return null;
    }

    @Override
    public String getPassword() {
      return null;
    }

    @Override
    public boolean promptPassword(String message) {
      return false;
    }

    @Override
    public boolean promptPassphrase(String message) {
      return false;
    }

    @Override
    public boolean promptYesNo(String message) {
      return false;
    }

    @Override
    public void showMessage(String message) {}
  }

  // A process in place of a TCP connection.
  private static final class Command implements Proxy {
    private final String command;
    private Process process;

    Command(String command) {
      this.command = command;
    }

    @Override
    public void connect(SocketFactory factory, String host, int port, int timeout) throws IOException {
      process = new ProcessBuilder("/bin/sh", "-c", "exec " + command).start();
    }

    @Override
    public InputStream getInputStream() {
      return process.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() {
      return process.getOutputStream();
    }

    @Override
    public Socket getSocket() {
      return null;
    }

    @Override
    public void close() {
      if (process != null) process.destroy();
    }
  }

  // Asks for new keys after so many bytes: the library does it on request only. While a file comes
  // in, it cannot: its reading thread waits for the transfer, which waits for the new keys.
  private final class Rekeying implements SftpProgressMonitor {
    private long since;

    @Override
    public void init(int operation, String from, String to, long size) {}

    @Override
    public boolean count(long bytes) {
      since += bytes;
      if (rekeyAfter(since)) since = 0;
      return true;
    }

    @Override
    public void end() {}
  }

  private boolean rekeyAfter(long bytes) {
    String limit = task.get("rekey_bytes");
    if (limit == null || bytes < Long.parseLong(limit)) return false;
    try {
      session.rekey();
    } catch (Exception error) { // as it is declared
      fail("RekeyFailed: " + error);
    }
    return true;
  }

  // --- The steps ---

  private void work() throws JSchException, SftpException, IOException {
    connect();
    for (String[] step : steps) {
      if (step[1].equals("exec")) {
        execute(step[2]);
      } else {
        if (sftp == null) {
          sftp = (ChannelSftp) session.openChannel("sftp");
          sftp.connect(TIMEOUT);
        }
        perform(step[1], step[2], step.length > 3 ? step[3] : null);
      }
    }
    session.disconnect();
  }

  // The library takes names for patterns, with a backslash before what is meant as it stands.
  private static String quoted(String name) {
    return name.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?");
  }

  private String remote(String name) {
    return quoted(name.startsWith("/") ? name : task.get("base").replaceAll("/$", "") + "/" + name);
  }

  private void perform(String verb, String one, String two) throws SftpException, IOException {
    switch (verb) {
      case "put" -> put(one, remote(two), ChannelSftp.OVERWRITE);
      case "resume_put" -> put(one, remote(two), ChannelSftp.RESUME);
      case "get" -> get(remote(one), new File(two), false);
      case "resume_get" -> get(remote(one), new File(two), true);
      case "ls" -> list(remote(one));
      case "stat" -> describe(sftp.stat(remote(one)));
      case "rename" -> sftp.rename(remote(one), remote(two));
      case "mkdir" -> sftp.mkdir(remote(one));
      case "rmdir" -> sftp.rmdir(remote(one));
      case "rm" -> sftp.rm(remote(one));
      case "chmod" -> sftp.chmod(Integer.parseInt(one, 8), remote(two));
      case "symlink" -> sftp.symlink(quoted(one), remote(two));
      case "readlink" -> {
        answer.clear();
        say("link", sftp.readlink(remote(one)));
      }
      case "hardlink" -> sftp.hardlink(remote(one), remote(two));
      default -> statvfs(remote(one));
    }
  }

  private void put(String local, String name, int mode) throws SftpException, IOException {
    try (InputStream input = new FileInputStream(local)) {
      sftp.put(input, name, new Rekeying(), mode);
    }
  }

  private void get(String name, File local, boolean resume) throws SftpException, IOException {
    long have = resume ? local.length() : 0;
    try (OutputStream output = new FileOutputStream(local, resume)) {
      sftp.get(name, output, null, resume ? ChannelSftp.RESUME : ChannelSftp.OVERWRITE, have);
    }
    rekeyAfter(local.length() - have);
  }

  private void list(String name) throws SftpException {
    answer.clear();
    sftp.ls(name, entry -> {
      if (!entry.getFilename().equals(".") && !entry.getFilename().equals("..")) say("name", entry.getFilename());
      return ChannelSftp.LsEntrySelector.CONTINUE;
    });
  }

  private void describe(SftpATTRS found) {
    answer.clear();
    say("size", Long.toString(found.getSize()));
    say("mode", Integer.toOctalString(found.getPermissions() & 07777));
    say("type", found.isDir() ? "directory" : found.isLink() ? "symlink" : found.isReg() ? "file" : "other");
  }

  private void statvfs(String name) throws SftpException {
    SftpStatVFS found = sftp.statVFS(name);
    answer.clear();
    say("output", "size " + found.getSize() + " KiB, available " + found.getAvail() + " KiB\n");
  }

  private void execute(String command) throws JSchException, IOException {
    ChannelExec channel = (ChannelExec) session.openChannel("exec");
    channel.setCommand(command);
    InputStream output = channel.getInputStream();
    channel.connect(TIMEOUT);
    String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
    awaitEnd(channel);
    if (channel.getExitStatus() != 0) throw new IOException("exit status " + channel.getExitStatus() + ": " + text);
    answer.clear();
    say("output", text);
  }

  private static void awaitEnd(Channel channel) throws IOException {
    try {
      for (int waited = 0; !channel.isClosed() && waited < TIMEOUT; waited += 5) Thread.sleep(5);
    } catch (InterruptedException error) {
      throw new IOException(error);
    }
  }
}
