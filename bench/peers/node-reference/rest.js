// The REST half: health and the creation of conversations.

const BODY_BYTES = 1024 * 1024;

async function readJson(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) {
      throw new Error('body too large');
    }
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function answer(response, status, body) {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}

function toConversation(row, userIds) {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name ?? undefined,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    participants: userIds.map((id) => ({ user: { id }, role: id === row.created_by ? 'owner' : 'member' })),
    last_activity_at: row.last_message_at.toISOString(),
  };
}

export function serveRest(database, verify, chat) {
  async function createConversation(request, response) {
    let user;
    try {
      user = verify(request.headers.authorization?.replace(/^Bearer /, ''));
    } catch {
      return answer(response, 401, { code: 'unauthenticated', status: 401 });
    }
    const wanted = await readJson(request);
    const { conversation, userIds, created } =
      wanted.kind === 'group'
        ? { ...(await database.groupConversation(user.id, wanted.name, wanted.user_ids)), created: true }
        : await database.directConversation(user.id, wanted.user_id);
    if (created) {
      chat.openRoom(conversation.id, userIds);
    }
    answer(response, created ? 201 : 200, toConversation(conversation, userIds));
  }

  return async (request, response) => {
    try {
      if (request.method === 'POST' && request.url === '/api/v1/conversations') {
        await createConversation(request, response);
      } else if (request.method === 'GET' && (request.url === '/readyz' || request.url === '/healthz')) {
        answer(response, 200, { status: 'ok' });
      } else {
        answer(response, 404, { code: 'not_found', status: 404 });
      }
    } catch (error) {
      console.error(request.method, request.url, error);
      answer(response, 400, { code: 'invalid', status: 400 });
    }
  };
}
