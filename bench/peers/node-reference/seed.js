// Fills the database with people who stand in a ring and have direct conversations with the next ones on both sides.
// usage: DATABASE_URL=… node seed.js PREFIX USERS CONVERSATIONS-PER-USER

import pg from 'pg';
import { openDatabase } from './database.js';

const [prefix, users, each] = process.argv.slice(2);
const connectionString = process.env.DATABASE_URL;
await openDatabase(connectionString);
const client = new pg.Client({ connectionString });
await client.connect();
await client.query('begin');
await client.query(
  `insert into users (id, name)
   select $1 || '-' || number, $1 || ' ' || number from generate_series(0, $2::int - 1) as number`,
  [prefix, users],
);
// Keys are sorted as JavaScript sorts: by code units.
await client.query(
  `with pairs as (
     select $1 || '-' || person as a, $1 || '-' || (person + steps) % $2::int as b
     from generate_series(0, $2::int - 1) as person, generate_series(1, $3::int / 2) as steps
   ), made as (
     insert into conversations (kind, direct_key, created_by)
     select 'direct', least(a collate "C", b collate "C") || ':' || greatest(a collate "C", b collate "C"), a from pairs
     returning id, direct_key
   )
   insert into participants (conversation_id, user_id)
   select id, unnest(string_to_array(direct_key, ':')) from made`,
  [prefix, users, each],
);
await client.query('commit');
await client.end();
process.exit(0); // the pool of openDatabase is idle
