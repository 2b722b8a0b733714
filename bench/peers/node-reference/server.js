// A chat server as an application team would build it by hand: socket.io and pg, one process.

import http from 'node:http';
import jwt from 'jsonwebtoken';
import { Server } from 'socket.io';
import { serveChat } from './chat.js';
import { openDatabase } from './database.js';
import { serveRest } from './rest.js';

const { PORT = '3000', DATABASE_URL, JWT_SECRET } = process.env;
if (!DATABASE_URL || !JWT_SECRET) {
  console.error('node-reference needs DATABASE_URL and JWT_SECRET');
  process.exit(1);
}

/** The person that a token names; throws when the token is not ours. */
function verify(token) {
  const claims = jwt.verify(token, JWT_SECRET, { algorithms: ['HS256'] });
  return { id: claims.sub, name: claims.name ?? null };
}

const database = await openDatabase(DATABASE_URL);
const io = new Server({ transports: ['websocket'], serveClient: false });
const chat = serveChat(io, database, verify);
const server = http.createServer(serveRest(database, verify, chat));
io.attach(server);
server.listen(Number(PORT), '127.0.0.1');
