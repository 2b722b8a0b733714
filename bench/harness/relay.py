"""A TCP relay that counts round trips: how often a client speaks after it was answered. What is pipelined counts once."""

import select
import socket
import threading


class Relay:
    """Listens on a free port and passes everything on to `port`; a thread of its own, for counting, not for speed."""

    def __init__(self, port: int):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop, self._stopped = socket.socketpair()
        self._peers: dict[socket.socket, socket.socket] = {}
        self._asked: set[socket.socket] = set()  # connections to the database that owe an answer
        self._databases: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self.port, self.round_trips = self._listener.getsockname()[1], 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.send(b".")
        self._thread.join()
        for connection in (self._listener, self._stop, self._stopped, *self._peers):
            connection.close()

    def _pass_on(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._stopped, *self._peers], [], [])
            if self._stopped in ready:
                return
            for connection in ready:
                if connection is self._listener:
                    self._accept()
                elif connection in self._peers:
                    self._forward(connection)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        database = socket.create_connection(("127.0.0.1", self._target))
        for connection in (client, database):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[client], self._peers[database] = database, client
        self._databases.add(database)

    def _forward(self, source: socket.socket) -> None:
        target = self._peers[source]
        try:
            data = source.recv(256 * 1024)
            if data:
                target.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._drop(source, target)
        elif source in self._databases:
            self._asked.discard(source)
        elif target not in self._asked:
            self._asked.add(target)
            self.round_trips += 1

    def _drop(self, *ends: socket.socket) -> None:
        for end in ends:
            del self._peers[end]
            self._databases.discard(end)
            self._asked.discard(end)
            end.close()
