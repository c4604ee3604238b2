"""The words of the shop: how people name its features, numbers and categories.

Both directions of the grammar use these tables: the writer takes the first phrases, the reader
knows them all, so what is written can be read.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """How a boolean attribute is said: "a curved monitor" or "a tent with a porch".

    Args:
        adjectives: said before the category; empty if there is none.
        nouns: said after "with" or "without", with their article.
        opposites: adjectives that say it is absent.
        also: further phrases that the reader knows.
    """

    adjectives: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    opposites: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


FEATURES: dict[str, Feature] = {
    "wireless": Feature(
        ("wireless",), (), ("wired", "corded"), ("cordless", "bluetooth", "rechargeable")
    ),
    "noise_cancelling": Feature(
        ("noise-cancelling",),
        ("noise cancelling", "noise cancellation"),
        (),
        ("noise canceling", "active noise cancelling", "anc"),
    ),
    "folding": Feature(("folding", "foldable"), (), ("rigid",), ("fold up", "fold", "folds")),
    "touchscreen": Feature((), ("a touchscreen",), (), ("touch screen", "touch display")),
    "fingerprint_reader": Feature((), ("a fingerprint reader",), (), ("fingerprint sensor",)),
    "curved": Feature(("curved",), ("a curved screen",), ("flat",)),
    "usb_c": Feature((), ("USB-C", "a USB-C port"), (), ("usbc", "type c")),
    "height_adjustable": Feature(
        ("height-adjustable",), ("a height-adjustable stand",), (), ("height adjustment",)
    ),
    "mechanical": Feature(("mechanical",), ("mechanical switches",)),
    "backlit": Feature(("backlit",), ("backlighting",), (), ("a backlight", "backlight")),
    "waterproof": Feature(
        ("waterproof",), (), (), ("water resistant", "rainproof", "water proof", "watertight")
    ),
    "image_stabilisation": Feature(
        ("image-stabilised",), ("image stabilisation",), (), ("image stabilization",)
    ),
    "video_4k": Feature((), ("4K video", "4K video recording"), (), ("4k", "4k recording")),
    "laptop_sleeve": Feature(
        (), ("a laptop sleeve", "a laptop compartment"), (), ("laptop pocket", "padded sleeve")
    ),
    "hip_belt": Feature((), ("a hip belt",), (), ("hipbelt", "waist belt")),
    "trail": Feature(("trail-ready",), (), (), ("off road", "trail running", "trail", "trails")),
    "wide_fit": Feature(("wide-fit",), ("a wide fit",)),
    "freestanding": Feature(("freestanding",), (), (), ("free standing",)),
    "four_season": Feature(("four-season",), (), (), ("4 season", "4 seasons", "winterproof")),
    "porch": Feature((), ("a porch",), (), ("vestibule",)),
    "insulated": Feature(("insulated",), ("insulation",)),
    "hood": Feature(("hooded",), ("a hood",), ("hoodless",)),
    "packable": Feature(("packable",)),
    "grinder": Feature((), ("a built-in grinder", "a grinder"), (), ("bean grinder",)),
    "milk_frother": Feature((), ("a milk frother",), (), ("frother", "milk foamer")),
    "timer": Feature((), ("a timer", "a programmable timer"), (), ("programmable",)),
    "dishwasher_safe": Feature(("dishwasher-safe",)),
    "glass_jar": Feature((), ("a glass jar",), (), ("glass jug",)),
    "dimmable": Feature(("dimmable",), ("a dimmer",)),
    "usb_charging": Feature((), ("a USB charging port",), (), ("usb charging", "usb charger")),
    "headrest": Feature((), ("a headrest",), (), ("head rest",)),
    "armrests": Feature((), ("armrests",), (), ("arm rests", "adjustable armrests")),
    "lumbar_support": Feature((), ("lumbar support",), (), ("back support",)),
    "gps": Feature((), ("GPS", "built-in GPS")),
    "heart_rate": Feature(
        (), ("a heart-rate monitor", "heart-rate tracking"), (), ("heart rate sensor",)
    ),
    "electric": Feature(("electric",), ("an electric motor",)),
    "mudguards": Feature((), ("mudguards",), (), ("fenders",)),
    "lights": Feature((), ("lights", "built-in lights"), (), ("integrated lights",)),
}


@dataclass(frozen=True)
class Measure:
    """How a number is said.

    Args:
        label: what it is called: "battery life".
        units: what follows the number in a limit, the first is written; each says all by itself
            which attribute is meant.
        short: the unit in an answer.
        asks: "how heavy is" and the like, without the product.
        most, least: superlatives for the greatest and the smallest value, before the category.
        more, less: comparatives.
        scale: attribute units in one spoken unit (1000 for grams said in kilograms).
    """

    label: str
    units: tuple[str, ...]
    short: str
    asks: tuple[str, ...] = ()
    most: tuple[str, ...] = ()
    least: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    scale: int = 1


MEASURES: dict[str, Measure] = {
    "price_cents": Measure(
        "price", ("dollars", "usd", "bucks"), "",
        most=("most expensive", "priciest", "dearest"),
        least=("cheapest", "most affordable", "least expensive", "lowest priced"),
        more=("more expensive", "pricier"), less=("cheaper", "less expensive", "more affordable"),
        scale=100,
    ),
    "weight_g": Measure(
        "weight", ("kg", "kilograms", "kilos", "kilo"), "kg",
        asks=("how heavy is", "how much does it weigh", "weigh", "weighs"),
        most=("heaviest",), least=("lightest",), more=("heavier",), less=("lighter",), scale=1000,
    ),
    "battery_h": Measure(
        "battery life", ("hours of battery life", "hours of battery", "hours", "hour", "h"),
        "hours",
        asks=("how long does the battery last", "battery last", "last on one charge",
              "battery"),
        most=("longest-lasting",), least=("shortest-lasting",),
        more=("longer-lasting",), less=("shorter-lasting",),
    ),
    "screen_in": Measure(
        "screen size", ("inches", "inch"), "inches", asks=("how big is the screen",),
        most=("largest-screen", "biggest-screen"), least=("smallest-screen",),
    ),
    "ram_gb": Measure("memory", ("GB of RAM", "gb ram", "gb of memory"), "GB"),
    "storage_gb": Measure("storage", ("GB of storage", "gb storage", "gb ssd"), "GB"),
    "refresh_hz": Measure("refresh rate", ("Hz", "hertz"), "Hz"),
    "megapixels": Measure("resolution", ("megapixels", "megapixel", "mp"), "megapixels"),
    "volume_l": Measure("volume", ("litres", "liters", "litre", "liter", "l"), "litres",
                        most=("roomiest",)),
    "drop_mm": Measure("heel drop", ("mm of drop", "mm drop", "mm"), "mm"),
    "sleeps": Measure("sleeping capacity", ("people", "persons", "person"), "people"),
    "cups": Measure("cup capacity", ("cups", "cup"), "cups"),
    "power_w": Measure("power", ("watts", "watt", "w"), "watts", most=("most powerful",),
                       more=("more powerful",), less=("less powerful",)),
    "capacity_ml": Measure("jar size", ("ml", "millilitres", "milliliters"), "ml"),
    "lumens": Measure("brightness", ("lumens", "lumen"), "lumens", asks=("how bright is",),
                      most=("brightest",), least=("dimmest",), more=("brighter",)),
    "max_load_kg": Measure("maximum load", ("kg of load", "kg load", "kg of body weight"), "kg"),
    "gears": Measure("number of gears", ("gears", "gear"), "gears"),
    "rating": Measure(
        "rating", ("stars", "star"), "stars", most=("best-rated", "highest-rated", "top-rated"),
        least=("lowest-rated", "worst-rated"), more=("better rated", "higher rated"),
    ),
    "warranty_years": Measure(
        "warranty", ("years of warranty", "year warranty", "years warranty", "year", "years"),
        "years", asks=("how long is the warranty on", "how long is the warranty"),
    ),
}  # fmt: skip

# Plural, singular and other words for each category; the first two are written.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "laptops": ("laptops", "laptop", "notebook computer", "notebook computers"),
    "headphones": ("headphones", "pair of headphones", "headset", "headsets", "earphones"),
    "monitors": ("monitors", "monitor", "computer screen", "computer screens"),
    "keyboards": ("keyboards", "keyboard"),
    "cameras": ("cameras", "camera", "digital camera", "digital cameras"),
    "backpacks": ("backpacks", "backpack", "rucksack", "rucksacks"),
    "running shoes": ("running shoes", "pair of running shoes", "running shoe", "trainers"),
    "tents": ("tents", "tent"),
    "jackets": ("jackets", "jacket"),
    "coffee makers": ("coffee makers", "coffee maker", "coffee machine", "coffee machines"),
    "blenders": ("blenders", "blender"),
    "desk lamps": ("desk lamps", "desk lamp"),
    "office chairs": ("office chairs", "office chair", "desk chair", "desk chairs"),
    "watches": ("watches", "watch", "smartwatch", "smartwatches", "wristwatch"),
    "bikes": ("bikes", "bike", "bicycle", "bicycles"),
}

TONES = ("playful", "elegant", "bold", "friendly", "witty", "minimalist")


def spoken(attribute: str, value: float) -> str:
    """A number with its unit as people write it: "$100", "1.5 kg", "20 hours"."""
    if attribute == "price_cents":
        return f"${value / 100:,.2f}".removesuffix(".00")
    if attribute == "weight_g" and value < 1000:
        return f"{value:g} g"
    measure = MEASURES[attribute]
    amount = f"{value / measure.scale:g}"
    unit = measure.short
    if amount == "1":
        unit = {"people": "person"}.get(unit, unit.removesuffix("s"))
    return f"{amount} {unit}"
