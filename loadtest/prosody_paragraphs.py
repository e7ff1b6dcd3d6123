"""What is spoken to compare the borders of segments: everyday English, all in pocketsphinx's dictionary."""

from __future__ import annotations

PARAGRAPHS = (
    "When the train finally came into the station, the platform was already full of people who had come from every "
    "village along the line. Some of them had been waiting since the early morning. Nobody knew why it was so late.",
    "My grandmother kept a small garden behind the house, and every summer it was full of flowers. She never let us "
    "pick any of them. We were allowed to water the beans instead.",
    "The captain looked at the map for a long time, then he folded it, put it away and walked over to the window "
    "without a word. There was no island where they had hoped to find one. The crew said nothing and waited.",
    "If you want to bake good bread, you need flour, water, salt and a lot of patience. Most people forget about "
    "the patience. They open the oven too early and wonder why the bread is flat.",
    "The museum opens at nine in the morning, but the line begins to form an hour before that, and in summer it "
    "goes all the way around the building. Bring a coat in winter and some water in summer. The old paintings are "
    "on the second floor.",
    "She had never seen the ocean before, so she stood on the beach for almost an hour. The waves came and went. "
    "When the sun went down, she took off her shoes and walked home.",
    "After the storm had passed over the village, several trees were lying across the road, and the only way out "
    "was the path along the river. The men came with saws and ropes. By noon the first cars could pass again.",
    "He wrote a letter to his brother every week, although he almost never got an answer. The letters were long and "
    "full of stories. Many years later his brother turned them into a book.",
    "The new teacher was very young and rather quiet, but the children liked her from the first day. She knew the "
    "names of all the birds. In spring she took the whole class into the forest.",
    "Before you leave the house in the morning, please close all the windows and feed the cat. The food is in the "
    "kitchen next to the door. She will pretend that she has not eaten for days.",
    "The river is wide and slow near the city, and big ships carry sand and stone to the harbor, where they are "
    "loaded on trains for the north. Further north it runs through a narrow valley. There the water is cold, clear "
    "and full of fish.",
    "Nobody in the office wanted to work on the last day of the year, so they played cards all afternoon. At five "
    "o'clock the boss came in. He pulled up a chair and asked for a hand.",
    "The doctor listened to his heart and looked into his eyes, then she wrote something on a piece of paper and "
    "gave it to the nurse at the door. He was not ill at all. He only needed more sleep and a little less coffee.",
    "There used to be a cinema on the corner of our street, and on Sundays we went there with our father. The seats "
    "were hard and the room was cold. I remember every film that I saw there.",
    "The farmer sold his last cow in the autumn, because he had become too old for the hard work. The stable stood "
    "empty for a year. Now a young couple makes cheese in it.",
    "It rained for three days and three nights, and on the fourth day the cellar was full of water. We carried the "
    "boxes up to the attic. Most of the books could still be saved.",
    "As soon as the music began to play, the old couple got up and walked to the middle of the room. They danced as "
    "if nobody was there. Everyone put down their glasses and watched.",
    "The road to the top of the mountain is steep, and in winter it is covered with snow and ice, so that only a "
    "few people ever try it. You should leave early and take a friend with you. From the top you can see three "
    "countries.",
    "He had lost his keys for the second time that week, so he sat down on the stairs and waited. The neighbor came "
    "home at six. She gave him tea and told him about her sons.",
    "In the old days people here lived from fishing, but now most of them work in the hotels and restaurants that "
    "were built along the beach. The boats lie on the beach and dry in the sun. Only a few men still go out at "
    "night.",
    "The clock in the tower had not moved for many years, and nobody could remember when it had stopped. One "
    "morning it began to ring. The whole town came out into the street.",
    "You can keep the bicycle as long as you like, but please do not leave it out in the rain. The chain needs some "
    "oil now and then. If a tire is flat, ask the man at the corner shop.",
    "The two sisters had not spoken for a very long time, and neither of them remembered the reason. Then a letter "
    "came from the younger one. It had only a single word and a photograph in it.",
    "Because the lights had gone out in the whole building, they told each other stories in the dark. The smallest "
    "boy told the best one. When the lights came back, nobody wanted to go to bed.",
)
"""Some of the first sentences are long enough to be cut after a clause."""

VOICES = ("af_heart", "am_michael", "bf_emma", "bm_george")
"""They take turns."""
