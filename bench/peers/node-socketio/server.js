// Broadcast only: what the `room` example does, on Node. Every connection joins `room`, and a `message` with a string
// goes to everybody in it.

import { Server } from 'socket.io';

const io = new Server({ transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  socket.join('room');
  socket.on('message', (text) => {
    io.to('room').emit('message', text);
  });
});

io.listen(Number(process.env.PORT ?? 3000));
