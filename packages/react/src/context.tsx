import { ParlorClient, type ParlorOptions } from "@parlor/client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";

const ParlorContext = createContext<ParlorClient | undefined>(undefined);

export type ParlorProviderProps = { children: ReactNode } & (
  | { client: ParlorClient; options?: never }
  /** Read once, at the first render; give the provider a `key` (the user's id) to begin anew. */
  | { options: ParlorOptions; client?: never }
);

/** Connects for as long as it is mounted. StrictMode's second mount goes on with the same client. */
export function ParlorProvider({ client, options, children }: ParlorProviderProps) {
  const [own] = useState(() => client ?? new ParlorClient(options));
  const used = client ?? own;
  useEffect(() => {
    used.connect();
    return () => used.disconnect();
  }, [used]);
  return <ParlorContext value={used}>{children}</ParlorContext>;
}

/** The client itself, for commands: `send`, `createConversation`, `searchUsers`, … */
export function useParlor(): ParlorClient {
  const client = useContext(ParlorContext);
  if (!client) throw new Error("useParlor needs a <ParlorProvider> around it");
  return client;
}
