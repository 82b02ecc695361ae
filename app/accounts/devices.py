"""What a browser says about itself, in the few words that let people tell their devices apart."""

from __future__ import annotations

import re

from app.words import Sentence, say

BROWSERS: tuple[tuple[str, str | Sentence], ...] = (  # the first that fits: most call themselves Chrome and Safari, too
    (r"wxwork/", say("WeCom")),
    (r"MicroMessenger/", say("WeChat")),
    (r"DingTalk", say("DingTalk")),
    (r"Lark/|Feishu", say("Lark")),
    (r"HuaweiBrowser/", "Huawei Browser"),
    (r"MiuiBrowser/", "Mi Browser"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"MQQBrowser/|QQBrowser/", say("QQ Browser")),
    (r"UCBrowser/", say("UC Browser")),
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMS = (
    (r"HarmonyOS|OpenHarmony", "HarmonyOS"),
    (r"Android", "Android"),
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


def device_of(user_agent: str) -> Sentence:
    """«Chrome · Android»."""
    browser = next((name for pattern, name in BROWSERS if re.search(pattern, user_agent)), None)
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, user_agent)), None)
    if browser is None and system is None:
        return say("A device that does not say what it is")
    return say("{browser} · {system}", browser=browser or say("Some browser"), system=system or say("some device"))
