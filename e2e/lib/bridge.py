"""Drives python-socketio for the tests: commands as JSON lines on stdin, answers and events as JSON lines on stdout.

The asynchronous client, because it hands events over in their order; the synchronous one gives each its own thread.
"""

import asyncio
import json
import sys

import socketio

LINE_BYTES = 16 * 1024 * 1024
clients = {}


def tell(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def connect(key, url, namespace, transports, auth, headers, reconnection):
    sio = socketio.AsyncClient(reconnection=reconnection, reconnection_delay=0.05, reconnection_delay_max=0.5)
    clients[key] = (sio, namespace)

    def hear(event):
        return lambda *args: tell(key=key, event=event, args=list(args))

    sio.on("*", lambda event, *args: tell(key=key, event=event, args=list(args)), namespace=namespace)
    sio.on("connect", lambda: tell(key=key, event="connect", args=[sio.get_sid(namespace)]), namespace=namespace)
    sio.on("disconnect", hear("disconnect"), namespace=namespace)
    sio.on("connect_error", hear("connect_error"), namespace=namespace)
    await sio.connect(url, headers=headers, auth=auth, transports=transports, namespaces=[namespace], wait_timeout=15)


async def emit(ref, key, event, args):
    sio, namespace = clients[key]
    answer = lambda *ack: tell(ref=ref, result=list(ack))  # noqa: E731
    await sio.emit(event, tuple(args), namespace=namespace, callback=answer)


async def close(key):
    sio, _ = clients.pop(key)
    await sio.disconnect()


async def carry_out(ref, do, **command):
    try:
        if do == "emit":
            return await emit(ref, **command)  # answered by the acknowledgement
        if do == "connect":
            result = await connect(**command)
        elif do == "transport":
            result = clients[command["key"]][0].transport()
        elif do == "close":
            result = await close(**command)
        else:
            raise ValueError(f"there is no command {do}")
        tell(ref=ref, result=result)
    except Exception as error:  # the other side decides what it means
        tell(ref=ref, error=f"{type(error).__name__}: {error}")


async def main():
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        task = asyncio.create_task(carry_out(**json.loads(line)))  # tasks start in the order given
        running.add(task)
        task.add_done_callback(running.discard)


asyncio.run(main())
