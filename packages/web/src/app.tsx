import { ParlorProvider, useSnapshot } from "@parlor/react";
import { useEffect, useState } from "react";
import { LoginScreen } from "./login/login-screen";
import { demoLogin } from "./session/demo";
import { type Session, saveSession } from "./session/session";
import { useSession } from "./session/use-session";
import { Workspace } from "./shell/workspace";

export function App() {
  const view = useSession();
  const { session, entering, leave } = view;
  if (entering) return null;
  if (!session) return <LoginScreen view={view} />;
  return <LoggedIn key={session.token} session={session} leave={leave} />;
}

function LoggedIn({ session, leave }: { session: Session; leave(notice?: string): void }) {
  const [options] = useState(() => ({
    auth: tokenSource(session),
    ...(session.user && { user: session.user }),
  }));
  return (
    <ParlorProvider options={options}>
      <SessionKeeper session={session} leave={leave} />
      <Workspace leave={() => leave()} />
    </ParlorProvider>
  );
}

/** Notes who we are, so that a reload without network still knows; leaves when the server no longer wants the token. */
function SessionKeeper({ session, leave }: { session: Session; leave(notice?: string): void }) {
  const me = useSnapshot((state) => state.me);
  const connection = useSnapshot((state) => state.connection);
  useEffect(() => {
    if (me) saveSession({ ...session, user: me });
  }, [me, session]);
  useEffect(() => {
    if (connection.status !== "refused") return;
    const { code, message } = connection.error;
    leave(code === "unauthenticated" ? "Your login is no longer valid. Please log in again." : message);
  }, [connection, leave]);
  return null;
}

/** The tab's token; for demo people a new one when the server refuses the old. */
function tokenSource(session: Session): (fresh: boolean) => Promise<string> {
  let { token } = session;
  return async (fresh) => {
    if (fresh && session.demo && session.user) {
      const renewed = await demoLogin(session.user.id);
      saveSession(renewed);
      token = renewed.token;
    }
    return token;
  };
}
