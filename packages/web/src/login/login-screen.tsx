import type { User } from "@parlor/client";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { firstName, nameOf } from "../lib/names";
import { demoPeople } from "../session/demo";
import type { SessionView } from "../session/use-session";
import { UserAvatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Icon, Mark } from "../ui/icon";
import { Bone, useDelayed } from "../ui/states";
import { TokenForm } from "./token-form";

export function LoginScreen({ view }: { view: SessionView }) {
  const people = useQuery({ queryKey: ["demo-people"], queryFn: ({ signal }) => demoPeople(signal) });
  const late = useDelayed(people.isPending);
  return (
    <main className="lamplight min-h-full overflow-y-auto bg-canvas">
      <div className="mx-auto flex min-h-dvh max-w-[34rem] flex-col justify-center px-5 py-10">
        <div className="mb-8 flex flex-col items-center text-center">
          <Mark size={52} />
          <h1 className="mt-5 font-display text-display font-medium tracking-tight">Come on in</h1>
          <p className="mt-1 text-ink-soft">{people.isPending ? "\u00a0" : greeting(people.data)}</p>
        </div>
        {view.notice && <Hint>{view.notice}</Hint>}
        {people.isPending ? (
          late && <PeopleSkeleton />
        ) : people.isError ? (
          <Unreachable retry={() => people.refetch()} />
        ) : people.data ? (
          <People people={people.data} choose={view.enterAs} />
        ) : (
          <TokenForm enter={(token) => view.enter({ token, demo: false })} />
        )}
      </div>
    </main>
  );
}

function greeting(people: User[] | null | undefined): string {
  return people ? "Choose who you would like to be today." : "Your conversations are where you left them.";
}

function People({ people, choose }: { people: User[]; choose(id: string): Promise<void> }) {
  const [chosen, setChosen] = useState<string>();
  const enter = (id: string) => {
    setChosen(id);
    choose(id).finally(() => setChosen(undefined));
  };
  return (
    <>
      <ul className="grid gap-2.5 sm:grid-cols-2" data-testid="login-people">
        {people.map((person) => (
          <li key={person.id} className="sm:last:odd:col-span-2 sm:last:odd:mx-auto sm:last:odd:w-[calc(50%-5px)]">
            <button
              type="button"
              data-testid="login-person"
              data-user-id={person.id}
              disabled={chosen !== undefined}
              onClick={() => enter(person.id)}
              className="group flex w-full items-center gap-3 rounded-room border border-line bg-raised p-3 text-left shadow-low transition-[border-color,box-shadow] hover:border-line-strong hover:shadow-float disabled:opacity-60"
            >
              <UserAvatar user={person} size={44} />
              <span className="min-w-0">
                <span className="block truncate font-medium">{nameOf(person)}</span>
                <span className="block truncate text-small text-ink-quiet transition-colors group-hover:text-accent-text">
                  {chosen === person.id ? "Opening the door…" : `Continue as ${firstName(person)}`}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className="mt-7 text-center text-small text-ink-quiet text-pretty">
        This is a demo. Open a second tab to be somebody else, and write to yourself.
      </p>
    </>
  );
}

function Hint({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="mb-4 flex items-start gap-2 rounded-room bg-danger-tint px-3.5 py-2.5 text-danger">
      <span className="mt-px">
        <Icon name="alert" />
      </span>
      {children}
    </p>
  );
}

function Unreachable({ retry }: { retry(): void }) {
  return (
    <div className="rounded-hall border border-line bg-raised p-6 text-center shadow-low">
      <p className="font-medium">The server cannot be reached</p>
      <p className="mt-1 mb-4 text-ink-soft">Is it running? It answers at the address of this page.</p>
      <Button onClick={retry}>Try again</Button>
    </div>
  );
}

function PeopleSkeleton() {
  return (
    <div className="grid animate-appear gap-2.5 sm:grid-cols-2" aria-hidden="true">
      {[1, 2, 3, 4].map((n) => (
        <Bone key={n} className="h-[70px]" round="rounded-room" />
      ))}
    </div>
  );
}
