"""A user agent as a user would say it."""

# The first that is found counts: Edge and Opera also say Chrome, and Chrome also says Safari.
BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome",
    "Chrome/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows",
    "Mac OS": "Mac", "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


def browser_of(user_agent: str) -> str:
    """`Firefox on Windows`; what is unknown is named as such, never shown raw."""
    name = next((name for sign, name in BROWSERS.items() if sign in user_agent), "Unknown browser")
    system = next((system for sign, system in SYSTEMS.items() if sign in user_agent), "")
    return f"{name} on {system}" if system else name
