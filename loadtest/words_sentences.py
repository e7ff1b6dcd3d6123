"""What is spoken to count the words that are heard: 70 sentences of seven classes."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, ...]] = {
    "prose": (
        "The old lighthouse keeper climbed the stairs once more before the storm.",
        "Nobody had told the children that the circus would leave in the morning.",
        "She folded the letter, put it in her coat and walked out into the rain.",
        "A warm wind carried the smell of bread across the whole village.",
        "My neighbor, who used to be a sailor, still ties the best knots.",
        "They argued for hours, and in the end they simply tossed a coin.",
        "The piano stood in the corner, covered with dust and forgotten music.",
        "When winter came, the river froze so hard that carts could cross it.",
        "He laughed quietly, because the answer had been in his pocket all along.",
        "Behind the curtain, somebody was whispering the lines to the actor.",
    ),
    "numbers": (
        "The library owns 12,450 books and lends about 300 of them every day.",
        "Only 7 of the 25 students finished the test in under 40 minutes.",
        "The bridge is 1,280 meters long and 27.5 meters wide.",
        "Roughly 3/4 of the water, or 75%, is used on farms.",
        "She finished 2nd in the 100-meter race and 21st in the marathon.",
        "The temperature fell from 18 °C to -4 °C within 6 hours.",
        "A marathon is 42.195 km, which is 26.2 miles.",
        "In 1969, some 600 million people watched the landing.",
        "The file has 2.5 GB and downloads at 80 Mbps.",
        "Mix 250 g of flour with 1/2 cup of sugar and 3 eggs.",
    ),
    "money and dates": (
        "The tickets cost $45 each, or $160 for a family of four.",
        "He paid £12.50 for lunch on March 3rd, 2021.",
        "The company was sold for €1.2 billion in 1998.",
        "Please come to the office on 5 May 2025 at 9:30 a.m.",
        "Rent goes up by $75 a month from January 1.",
        "The meeting on Tuesday was moved to 4:15 pm.",
        "Between 1914 and 1918 prices rose by more than 100%.",
        "She saved $20 a week and had $1,040 after a year.",
        "The shop closes at 18:00 on weekdays and at noon on Dec. 24.",
        "My grandfather was born on 07/04/1931 in a small town.",
    ),
    "names": (
        "Dr. Elizabeth Harris met Mr. Thompson at the museum in Boston.",
        "Antonín Dvořák wrote his ninth symphony in New York.",
        "The train from Zürich to Vienna stops in Innsbruck and Salzburg.",
        "Queen Elizabeth II opened the hospital in Manchester.",
        "Professor Martinez moved from São Paulo to Washington, D.C.",
        "Samuel Beckett and James Joyce both lived in Paris.",
        "Mrs. O'Brien teaches history at St. Mary's College in Dublin.",
        "Beyoncé and Taylor Swift were both born in America.",
        "Mount Kilimanjaro in Tanzania is the highest mountain of Africa.",
        "Nelson Mandela and Mahatma Gandhi are known all over the world.",
    ),
    "technical": (
        "The API returns JSON, and the server speaks HTTP and HTTPS.",
        "Open the file config.yaml and change the port to 8080.",
        "NASA and the FBI share a building with the BBC.",
        "Send an email to info@example.com or call 555-0142.",
        "The new GPU has 16 GB of memory and needs 350 W.",
        "Install Python 3.11, then run the setup script again.",
        "Our Wi-Fi is slow, so please use the USB cable.",
        "Upload the PDF to GitHub and close the browser.",
        "The DNA test and the MRI scan were both negative.",
        "Carbon dioxide, or CO2, makes up 0.04% of the air.",
    ),
    "questions": (
        "Could you tell me which platform the night train leaves from?",
        "Have you ever wondered why the sky turns red in the evening?",
        "What would you do if the elevator stopped between two floors?",
        "Did anyone remember to lock the back door?",
        "Why don't we ask the waiter for another table?",
        "Is it true that your cousin bought a vineyard in Italy?",
        "How many people can sit around this table?",
        "Who left these muddy boots in the hallway?",
        "Shouldn't we call a doctor before it gets any worse?",
        "Where did you find such a beautiful old map?",
    ),
    "long": (
        "When the first settlers reached the valley, they found a river full of fish, a forest full of birds, and a "
        "meadow so wide that it took half a day to walk across it.",
        "Although the committee had promised to publish its report before the summer, the members could not agree on a "
        "single recommendation, and so the decision was put off until the autumn.",
        "He packed two shirts, a pair of boots, a small camera and a book that he had been meaning to read for years, "
        "then he locked the house and gave the key to his sister.",
        "The recipe is simple: heat the oil, add the onions, stir until they are golden, pour in the stock, and let "
        "the soup simmer for at least an hour.",
        "If you follow the path along the cliff, past the ruined chapel and the three tall pines, you will come to a "
        "small beach that hardly anybody knows.",
        "The teacher explained, patiently and for the third time that morning, that a whale is not a fish, that it "
        "breathes air, and that its young drink milk.",
        "After months of careful work the engineers switched on the machine, the lights flickered, a low hum filled "
        "the hall, and everybody held their breath.",
        "Some visitors come for the paintings, others for the gardens, and a few, it must be said, come only for the "
        "cake that is served in the café.",
        "The letter had traveled by ship, by train and finally on the back of a mule, so that the news it carried was "
        "already three months old.",
        "Long before the sun rose over the harbor, the fishermen had mended their nets, loaded the boats, and said "
        "goodbye to their families.",
    ),
}

VOICES = ("af_heart", "am_michael", "bf_emma", "bm_george")
"""They take turns within a class."""
