// The socket half: who may connect, which rooms, and the send handler.
//
// `message:send` is what hand-built chats do: check membership, insert, read the sender for the broadcast, emit to the
// room, touch the conversation, acknowledge. Four round trips to the database.

import { randomUUID } from 'node:crypto';

const room = (conversationId) => `conversation:${conversationId}`;
const userRoom = (userId) => `user:${userId}`;

const refusal = (code, message) => ({ ok: false, error: { code, message, retryable: false } });

/** A row and its sender as they go over the wire. */
function toMessage(row, sender) {
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    seq: Number(row.sequence),
    sender_id: row.sender_id,
    sender,
    kind: 'text',
    body: row.body,
    created_at: row.created_at.toISOString(),
  };
}

export function serveChat(io, database, verify) {
  io.use(async (socket, next) => {
    try {
      socket.data.user = verify(socket.handshake.auth.token);
      await database.announce([socket.data.user]);
      socket.data.conversationIds = await database.conversationIdsOf(socket.data.user.id);
      next();
    } catch {
      const error = new Error('Invalid token');
      error.data = { code: 'unauthenticated', message: 'Invalid token', retryable: false };
      next(error);
    }
  });

  io.on('connection', (socket) => {
    const { user, conversationIds } = socket.data;
    socket.join([userRoom(user.id), ...conversationIds.map(room)]);
    socket.on('message:send', (payload, ack) => onSend(socket, payload, ack));
    delete socket.data.conversationIds;
  });

  async function onSend(socket, payload, ack) {
    const { user } = socket.data;
    try {
      const { conversation_id: conversationId, id = randomUUID(), body } = payload;
      if (typeof body !== 'string' || body.trim() === '') {
        return ack(refusal('invalid', 'body is empty'));
      }
      if (!(await database.isParticipant(conversationId, user.id))) {
        return ack(refusal('forbidden', 'not a participant of this conversation'));
      }
      const row = await database.insertMessage({ id, conversationId, senderId: user.id, body });
      const sender = await database.user(user.id);
      const message = toMessage(row, sender);
      io.to(room(conversationId)).emit('message:new', message);
      await database.touchConversation(row);
      ack({ ok: true, message });
    } catch (error) {
      console.error('message:send failed', error);
      ack(refusal('internal', 'the message could not be sent'));
    }
  }

  /** Connected sockets of these people get the conversation's messages from now on. */
  return {
    openRoom: (conversationId, userIds) => io.in(userIds.map(userRoom)).socketsJoin(room(conversationId)),
  };
}
