"""Many sessions at once in one process: each logs in, waits for the others, moves a file.

The task on stdin: host, port, user, key, base, sessions, seconds. Prints how many had success.
"""

import asyncio
import json
import posixpath
import sys

import asyncssh


async def member(task, number, everybody):
    async with asyncssh.connect(
        task["host"],
        task["port"],
        username=task["user"],
        client_keys=[task["key"]],
        known_hosts=None,
        agent_path=None,
        config=[],
        kex_algs=["curve25519-sha256"],
        compression_algs=["none"],
        connect_timeout=task["seconds"],
        login_timeout=task["seconds"],
    ) as connection:
        async with connection.start_sftp_client() as sftp:
            await everybody(number)
            path = posixpath.join(task["base"], f"member{number}")
            content = str(number).encode() * 5000
            async with sftp.open(path, "wb") as file:
                await file.write(content)
            async with sftp.open(path, "rb") as file:
                return await file.read() == content


async def work(task):
    there, all_there = set(), asyncio.Event()

    async def everybody(number):
        there.add(number)
        if len(there) == task["sessions"]:
            all_there.set()
        await asyncio.wait_for(all_there.wait(), task["seconds"])

    members = (member(task, number, everybody) for number in range(task["sessions"]))
    answers = await asyncio.gather(*members, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, Exception):
            print(f"{type(answer).__name__}: {answer}", file=sys.stderr)
    return sum(answer is True for answer in answers)


if __name__ == "__main__":
    print(asyncio.run(work(json.load(sys.stdin))))
