"""Writes what is promised to others: `python -m tools.contracts` renews events, OpenAPI, problems, values and CodeZest in docs/."""

from tools.contracts.documents import ROOT, documents


def main() -> None:
    """Write every document that differs from what the code says."""
    for path, text in documents().items():
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
