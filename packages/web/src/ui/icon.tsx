/** Drawn on a 20 px grid with a 1.5 px line; one set, so that nothing is a stranger. */
const PATHS = {
  chats:
    "M10 3.250c-4 0-7.250 2.800-7.250 6.250 0 1.700.8 3.250 2.100 4.370-.1.900-.5 1.750-1.100 2.380 1.200 0 2.350-.4 3.300-1.080.9.300 1.900.480 2.950.480 4 0 7.250-2.800 7.250-6.250S14 3.250 10 3.250Z",
  plus: "M10 4.250v11.500M4.250 10h11.500",
  search: "M13.200 13.200 17 17M15 9A6 6 0 1 1 3 9a6 6 0 0 1 12 0Z",
  send: "M10 16V4.500M10 4.500 5 9.500M10 4.500l5 5",
  back: "M12.500 4.500 7 10l5.500 5.500",
  down: "M10 4.500v11M5 10.500l5 5 5-5",
  close: "m5.500 5.500 9 9M14.500 5.500l-9 9",
  check: "m4.500 10.500 3.500 3.500 7.500-8",
  checks: "m2 10.500 3.250 3.500 6.500-8M9.250 13.250l.9.750 7.350-8",
  clock: "M10 6.250V10l2.500 1.750M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z",
  alert: "M10 6.500v4.250M10 13.500v.01M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z",
  sun: "M10 2.500v1.250M10 16.250v1.250M2.500 10h1.250M16.250 10h1.250M4.700 4.700l.9.900M14.400 14.400l.9.900M15.300 4.700l-.9.900M5.600 14.400l-.9.900M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  moon: "M16.500 11.600A6.750 6.750 0 0 1 8.400 3.500a6.750 6.750 0 1 0 8.100 8.100Z",
  people:
    "M13 16.250c0-2.350-2.350-4-5.250-4s-5.250 1.650-5.250 4M10.750 6.500a3 3 0 1 1-6 0 3 3 0 0 1 6 0ZM13.250 9.400a2.750 2.750 0 0 0 0-5.300M14.500 12.400c1.800.5 3 1.900 3 3.850",
  more: "M5 10v.01M10 10v.01M15 10v.01",
  block: "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0ZM5.100 5.100l9.800 9.800",
  settings: "M3 6h7M14 6h3M3 14h3M10 14h7M14 6a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM10 14a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
  leave:
    "M8 3.750H5.250a1.500 1.500 0 0 0-1.500 1.500v9.500a1.500 1.500 0 0 0 1.500 1.500H8M12.500 6.500 16 10l-3.500 3.500M16 10H8",
  edit: "m4 16 .750-3.250 8.500-8.500a1.400 1.400 0 0 1 2 0l.5.5a1.400 1.400 0 0 1 0 2l-8.500 8.500L4 16ZM12 5.500 14.500 8",
  copy: "M7.250 7.250h8.500v8.500h-8.500ZM4.250 12.750v-8.500h8.500",
  reply: "M8 5 3.500 9.500 8 14M3.500 9.500H12a4.500 4.500 0 0 1 4.500 4.500v1.500",
  undo: "M7.500 4.500 3.500 8.500l4 4M3.500 8.500h8a4.250 4.250 0 0 1 0 8.500h-3",
  door: "M4.500 16.500V9a5.500 5.500 0 0 1 11 0v7.500M3 16.500h14M12 11.500v.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 20 20" fill="none" className="shrink-0">
      <path d={PATHS[name]} stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

/** The mark: a doorway with the light on, and a speech bubble at the same time. */
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32" className="shrink-0">
      <path
        className="fill-accent"
        d="M16 2C9.4 2 4 7.400 4 14v13.200c0 1.400 1.600 2.200 2.700 1.300l2.800-2.200c.4-.3.800-.4 1.200-.4H25a3 3 0 0 0 3-3V14C28 7.400 22.600 2 16 2Z"
      />
      <path className="fill-lamp" d="M16 9a5 5 0 0 0-5 5v6.500c0 .3.200.5.5.5h9c.3 0 .5-.2.5-.5V14a5 5 0 0 0-5-5Z" />
    </svg>
  );
}
