// Tables and queries. Statements are named, so that PostgreSQL parses and plans each of them once per connection.

import pg from 'pg';

const SCHEMA = `
  create table if not exists users (
    id text primary key,
    name text
  );
  create table if not exists conversations (
    id uuid primary key default gen_random_uuid(),
    kind text not null,
    name text,
    direct_key text unique,
    created_by text not null references users,
    created_at timestamptz not null default now(),
    last_message_id uuid,
    last_message_at timestamptz not null default now()
  );
  create table if not exists participants (
    conversation_id uuid not null references conversations,
    user_id text not null references users,
    role text not null default 'member',
    primary key (conversation_id, user_id)
  );
  create index if not exists participants_by_user on participants (user_id);
  create table if not exists messages (
    id uuid primary key,
    sequence bigint generated always as identity,
    conversation_id uuid not null references conversations,
    sender_id text not null references users,
    body text not null,
    created_at timestamptz not null default now()
  );
  create index if not exists messages_by_conversation on messages (conversation_id, sequence);
`;

/** Connects to PostgreSQL and makes the tables when they are missing. */
export async function openDatabase(connectionString) {
  const pool = new pg.Pool({ connectionString });
  await pool.query(SCHEMA);

  const run = async (name, text, values) => (await pool.query({ name, text, values })).rows;
  const one = async (name, text, values) => (await run(name, text, values))[0];

  const announce = (users) =>
    run(
      'announce-users',
      `insert into users (id, name) select * from unnest($1::text[], $2::text[])
       on conflict (id) do update set name = coalesce(excluded.name, users.name)`,
      [users.map((user) => user.id), users.map((user) => user.name)],
    );

  const addParticipants = (conversationId, userIds, owner) =>
    run(
      'add-participants',
      `insert into participants (conversation_id, user_id, role)
       select $1, id, case when id = $3 then 'owner' else 'member' end from unnest($2::text[]) as id`,
      [conversationId, userIds, owner],
    );

  return {
    announce,

    conversationIdsOf: async (userId) => {
      const rows = await run('conversations-of', 'select conversation_id from participants where user_id = $1', [userId]);
      return rows.map((row) => row.conversation_id);
    },

    /** Get or create; `created` tells which. */
    directConversation: async (userId, otherId) => {
      const people = [userId, otherId].sort();
      await announce(people.map((id) => ({ id, name: null })));
      const inserted = await one(
        'insert-direct',
        `insert into conversations (kind, direct_key, created_by) values ('direct', $1, $2)
         on conflict (direct_key) do nothing returning *`,
        [people.join(':'), userId],
      );
      if (inserted) {
        await addParticipants(inserted.id, people, null);
        return { conversation: inserted, userIds: people, created: true };
      }
      const found = await one('find-direct', 'select * from conversations where direct_key = $1', [people.join(':')]);
      return { conversation: found, userIds: people, created: false };
    },

    groupConversation: async (userId, name, otherIds) => {
      const userIds = [...new Set([userId, ...otherIds])];
      await announce(userIds.map((id) => ({ id, name: null })));
      const conversation = await one(
        'insert-group',
        `insert into conversations (kind, name, created_by) values ('group', $1, $2) returning *`,
        [name, userId],
      );
      await addParticipants(conversation.id, userIds, userId);
      return { conversation, userIds };
    },

    isParticipant: async (conversationId, userId) => {
      const row = await one(
        'is-participant',
        'select 1 from participants where conversation_id = $1 and user_id = $2',
        [conversationId, userId],
      );
      return row !== undefined;
    },

    insertMessage: ({ id, conversationId, senderId, body }) =>
      one(
        'insert-message',
        `insert into messages (id, conversation_id, sender_id, body) values ($1, $2, $3, $4) returning *`,
        [id, conversationId, senderId, body],
      ),

    user: (id) => one('user', 'select id, name from users where id = $1', [id]),

    touchConversation: (message) =>
      run('touch-conversation', 'update conversations set last_message_id = $2, last_message_at = $3 where id = $1', [
        message.conversation_id,
        message.id,
        message.created_at,
      ]),
  };
}
