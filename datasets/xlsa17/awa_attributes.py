"""The 85 attributes of Animals with Attributes, in the order of `att`.

From predicates.txt of the data set's authors (Lampert et al., 2009); AWA1 and
AWA2 share them.
"""

NAMES = tuple(
    """
    black white blue brown gray orange red yellow patches spots stripes furry
    hairless toughskin big small bulbous lean flippers hands hooves pads paws
    longleg longneck tail chewteeth meatteeth buckteeth strainteeth horns claws
    tusks smelly flys hops swims tunnels walks fast slow strong weak muscle
    bipedal quadrapedal active inactive nocturnal hibernate agility fish meat
    plankton vegetation insects forager grazer hunter scavenger skimmer stalker
    newworld oldworld arctic coastal desert bush plains forest fields jungle
    mountains ocean ground water tree cave fierce timid smart group solitary
    nestspot domestic
    """.split()
)
