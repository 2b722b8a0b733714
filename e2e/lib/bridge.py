"""Drives python-socketio for the tests: commands as JSON lines on stdin, answers and events as JSON lines on stdout."""

import json
import sys
import threading

import socketio

out_lock = threading.Lock()
clients = {}


def tell(**line):
    with out_lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def connect(key, url, namespace, transports, auth, headers, reconnection):
    sio = socketio.Client(reconnection=reconnection, reconnection_delay=0.05, reconnection_delay_max=0.5)
    clients[key] = (sio, namespace)

    def catch_all(event, *args):
        tell(key=key, event=event, args=list(args))

    sio.on("*", catch_all, namespace=namespace)
    sio.on("connect", lambda: tell(key=key, event="connect", args=[sio.get_sid(namespace)]), namespace=namespace)
    sio.on("disconnect", lambda reason: tell(key=key, event="disconnect", args=[reason]), namespace=namespace)
    sio.on("connect_error", lambda data: tell(key=key, event="connect_error", args=[data]), namespace=namespace)
    sio.connect(url, headers=headers, auth=auth, transports=transports, namespaces=[namespace], wait_timeout=15)


def emit(ref, key, event, args):
    sio, namespace = clients[key]
    sio.emit(event, tuple(args), namespace=namespace, callback=lambda *ack: tell(ref=ref, result=list(ack)))


def close(key):
    sio, _ = clients.pop(key)
    sio.disconnect()


def carry_out(ref, do, **command):
    try:
        if do == "connect":
            connect(**command)
            tell(ref=ref, result=None)
        elif do == "emit":
            emit(ref, **command)  # answered by the acknowledgement
        elif do == "transport":
            tell(ref=ref, result=clients[command["key"]][0].transport())
        elif do == "close":
            close(**command)
            tell(ref=ref, result=None)
        else:
            raise ValueError(f"there is no command {do}")
    except Exception as error:  # the other side decides what it means
        tell(ref=ref, error=f"{type(error).__name__}: {error}")


for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "emit":
        carry_out(**command)  # in the order given
    else:
        threading.Thread(target=carry_out, kwargs=command, daemon=True).start()
