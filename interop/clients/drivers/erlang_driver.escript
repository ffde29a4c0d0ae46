#!/usr/bin/env escript
%% Carries out steps with Erlang's ssh_sftp: a task as lines on stdin, the answer as lines on stdout
%% (see interop/clients/driver.py).
-include_lib("kernel/include/file.hrl").

-define(TIMEOUT, 10000). % of each call, in milliseconds
-define(VERBS, ["put", "get", "ls", "stat", "rename", "mkdir", "rmdir", "rm", "chmod", "readlink"]).

main(_) ->
    ok = io:setopts(standard_io, [binary, {encoding, latin1}]),
    logger:set_primary_config(level, none),
    Task = read_task(#{steps => []}),
    [fail("unsupported: ~ts", [Verb]) || [Verb | _] <- maps:get(steps, Task), not lists:member(Verb, ?VERBS)],
    {ok, _} = application:ensure_all_started(ssh),
    try work(Task) of
        Answer -> [io:format("~s ~s~n", [Name, escaped(Value)]) || {Name, Value} <- Answer]
    catch
        throw:{failed, Kind, Reason} -> fail("~s: ~s", [Kind, said(Reason)])
    end,
    halt(0).

fail(Format, Words) ->
    io:format(standard_error, Format ++ "~n", Words),
    halt(1).

said(econnrefused) ->
    "connection refused";
said(Reason) when is_list(Reason) ->
    case io_lib:printable_list(Reason) of
        true -> Reason;
        false -> io_lib:format("~0p", [Reason])
    end;
said(Reason) ->
    io_lib:format("~0p", [Reason]).

%% --- The task and the answer ---

read_task(Task) ->
    case io:get_line("") of
        eof ->
            Task;
        Line ->
            [Name | Words] = [unescaped(Word) || Word <- string:split(string:chomp(Line), " ", all)],
            read_task(add(binary_to_list(Name), Words, Task))
    end.

add("step", [Verb | Words], Task) ->
    Task#{steps := maps:get(steps, Task) ++ [[binary_to_list(Verb) | Words]]};
add("answer", [Answer], Task) ->
    Task#{answers => maps:get(answers, Task, []) ++ [unicode:characters_to_list(Answer)]};
add(Name, [Value], Task) ->
    Task#{list_to_atom(Name) => Value}.

unescaped(<<$%, Digits:2/binary, Rest/binary>>) ->
    <<(binary_to_integer(Digits, 16)), (unescaped(Rest))/binary>>;
unescaped(<<Byte, Rest/binary>>) ->
    <<Byte, (unescaped(Rest))/binary>>;
unescaped(<<>>) ->
    <<>>.

escaped(Bytes) ->
    [escaped_byte(Byte) || <<Byte>> <= iolist_to_binary(Bytes)].

escaped_byte(Byte) when Byte >= $a, Byte =< $z; Byte >= $A, Byte =< $Z; Byte >= $0, Byte =< $9 ->
    Byte;
escaped_byte(Byte) ->
    io_lib:format("%~2.16.0B", [Byte]).

%% --- The connection ---

%% Whatever the task does not name stays the library's own choice.
options(Task) ->
    Algorithms = [
        {Option, [binary_to_atom(Name) || Name <- binary:split(maps:get(Field, Task), <<",">>, [global])]}
     || {Field, Option} <- [{kex, kex}, {host_key, public_key}, {cipher, cipher}, {mac, mac}],
        maps:is_key(Field, Task)
    ],
    Compression = case maps:find(compression, Task) of
        {ok, <<"1">>} -> [{compression, ['zlib@openssh.com', zlib]}];
        {ok, _} -> [{compression, [none]}];
        error -> []
    end,
    [
        {user, binary_to_list(maps:get(user, Task))},
        {user_interaction, maps:is_key(answers, Task)}, % else the password answers
        {save_accepted_host, false},
        {silently_accept_hosts, accept(Task)},
        {user_dir, binary_to_list(maps:get(user_dir, Task))}, % key and known_hosts
        {connect_timeout, ?TIMEOUT},
        {preferred_algorithms, Algorithms ++ Compression}
    ] ++
        [{inet, inet6} || binary:match(maps:get(host, Task), <<":">>) =/= nomatch] ++
        [
            {password, unicode:characters_to_list(P)}
         || {ok, P} <- [maps:find(password, Task)], not maps:is_key(answers, Task)
        ] ++
        lists:append([
            [{modify_algorithms, [{append, [{public_key, names(N)}]}]}, {pref_public_key_algs, names(N)}]
         || {ok, N} <- [maps:find(user_key, Task)]
        ]) ++
        [{keyboard_interact_fun, fun(N, I, P) -> replies(N, I, P) end} || keep_answers(Task)] ++
        [{auth_methods, methods(Task)}].

names(Names) ->
    [binary_to_atom(Name) || Name <- binary:split(Names, <<",">>, [global])].

methods(#{answers := _}) -> "keyboard-interactive";
methods(#{password := _, key := _}) -> "publickey,keyboard-interactive,password";
methods(#{password := _}) -> "keyboard-interactive,password";
methods(_) -> "publickey".

%% The library's process asks: the answers that are left lie where it finds them.
keep_answers(#{answers := Answers}) ->
    persistent_term:put(answers, Answers),
    true;
keep_answers(_) ->
    false.

replies(_Name, _Instruction, Prompts) ->
    {Now, Later} = lists:split(length(Prompts), persistent_term:get(answers)),
    persistent_term:put(answers, Later),
    Now.

%% For host keys that known_hosts does not have. The library's own reason for the end is vague.
accept(#{known_hosts := _}) -> {sha256, fun(_, Fingerprint) -> put_refused(Fingerprint) end};
accept(_) -> true.

put_refused(Fingerprint) ->
    persistent_term:put(refused, Fingerprint),
    false.

connected({error, Reason}) ->
    case persistent_term:get(refused, none) of
        none -> done("ConnectFailed", {error, Reason});
        Fingerprint -> throw({failed, "Host key verification failed", Fingerprint})
    end;
connected({ok, Ssh}) ->
    Ssh.

connect(Task) ->
    Host = binary_to_list(maps:get(host, Task)),
    Port = binary_to_integer(maps:get(port, Task)),
    Ssh = connected(ssh:connect(Host, Port, options(Task), ?TIMEOUT)),
    Version = [{sftp_vsn, binary_to_integer(N)} || {ok, N} <- [maps:find(sftp_version, Task)]],
    {Ssh, done("SftpFailed", ssh_sftp:start_channel(Ssh, [{timeout, ?TIMEOUT} | Version]))}.

%% --- The steps ---

done(_, ok) -> ok;
done(_, {ok, Answer}) -> Answer;
done(Kind, {error, Reason}) -> throw({failed, Kind, Reason}).

work(Task) ->
    {Ssh, Sftp} = connect(Task),
    Base = maps:get(base, Task),
    Answer = lists:foldl(
        fun([Verb | Words], Before) ->
            case step(Verb, Words, Sftp, Base) of
                ok -> Before;
                Answer -> Answer
            end
        end,
        [],
        maps:get(steps, Task)
    ),
    ssh_sftp:stop_channel(Sftp),
    ssh:close(Ssh),
    Answer.

step("put", [Local, Name], Sftp, Base) ->
    Content = done("LocalFile", file:read_file(Local)),
    done("SftpFailed", ssh_sftp:write_file(Sftp, remote(Base, Name), Content, ?TIMEOUT));
step("get", [Name, Local], Sftp, Base) ->
    Content = done("SftpFailed", ssh_sftp:read_file(Sftp, remote(Base, Name), ?TIMEOUT)),
    done("LocalFile", file:write_file(Local, Content));
step("ls", [Name], Sftp, Base) ->
    Names = done("SftpFailed", ssh_sftp:list_dir(Sftp, remote(Base, Name), ?TIMEOUT)),
    [{"name", unicode:characters_to_binary(Found)} || Found <- Names -- [".", ".."]];
step("stat", [Name], Sftp, Base) ->
    Info = done("SftpFailed", ssh_sftp:read_file_info(Sftp, remote(Base, Name), ?TIMEOUT)),
    Type = #{regular => "file", directory => "directory", symlink => "symlink"},
    [
        {"size", integer_to_list(Info#file_info.size)},
        {"mode", integer_to_list(Info#file_info.mode band 8#7777, 8)},
        {"type", maps:get(Info#file_info.type, Type, "other")}
    ];
step("rename", [Old, New], Sftp, Base) ->
    done("SftpFailed", ssh_sftp:rename(Sftp, remote(Base, Old), remote(Base, New), ?TIMEOUT));
step("mkdir", [Name], Sftp, Base) ->
    done("SftpFailed", ssh_sftp:make_dir(Sftp, remote(Base, Name), ?TIMEOUT));
step("rmdir", [Name], Sftp, Base) ->
    done("SftpFailed", ssh_sftp:del_dir(Sftp, remote(Base, Name), ?TIMEOUT));
step("rm", [Name], Sftp, Base) ->
    done("SftpFailed", ssh_sftp:delete(Sftp, remote(Base, Name), ?TIMEOUT));
step("chmod", [Mode, Name], Sftp, Base) ->
    Info = #file_info{mode = binary_to_integer(Mode, 8)},
    done("SftpFailed", ssh_sftp:write_file_info(Sftp, remote(Base, Name), Info, ?TIMEOUT));
step("readlink", [Name], Sftp, Base) ->
    Text = done("SftpFailed", ssh_sftp:read_link(Sftp, remote(Base, Name), ?TIMEOUT)),
    [{"link", unicode:characters_to_binary(Text)}].

remote(_, <<"/", _/binary>> = Name) ->
    unicode:characters_to_list(Name);
remote(Base, Name) ->
    unicode:characters_to_list([string:trim(Base, trailing, "/"), "/", Name]).
