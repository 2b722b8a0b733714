import type { ButtonHTMLAttributes } from "react";
import { Icon, type IconName } from "./icon";

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { look?: "primary" | "plain" | "danger" };

const LOOKS = {
  primary: "bg-accent text-accent-ink hover:bg-accent-hover disabled:bg-line disabled:text-ink-quiet",
  danger: "bg-danger text-surface hover:opacity-90 disabled:bg-line disabled:text-ink-quiet",
  plain: "border border-line-strong bg-raised text-ink hover:bg-hover disabled:text-ink-quiet",
};

export function Button({ look = "plain", className = "", ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`inline-flex h-10 items-center justify-center gap-2 rounded-room px-4 font-medium transition-colors disabled:cursor-default ${LOOKS[look]} ${className}`}
    />
  );
}

type IconButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { icon: IconName; label: string };

/** 40 px for a finger, with the label for those who cannot see it and as a tooltip for those who wonder. */
export function IconButton({ icon, label, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-grid size-10 shrink-0 place-items-center rounded-room text-ink-soft transition-colors hover:bg-hover hover:text-ink ${className}`}
    >
      <Icon name={icon} />
    </button>
  );
}
