//! What a scenario of the documentation tests needs around a key.

/// What stands before a key of a table in a scenario where it may be written or left out.
pub(super) const BEFORE: &[(&str, &str)] = &[
    (
        "`[patient]`",
        "[patient]\ntolerance = \"chronic\"\nindividual = 3\n",
    ),
    ("`[therapy]`", "[therapy]\ndose = \"1 mg/day\"\n"),
    (
        "`[[timeline]]`",
        "[[timeline]]\nevery = \"1 h\"\nuntil = \"5 h\"\nstop = {}\n",
    ),
    (
        "`open-update`",
        "[[timeline]]\nat = \"1 h\"\n[timeline.open-update]\n",
    ),
    (
        "`refill`",
        "[[timeline]]\nat = \"1 h\"\n[timeline.refill]\nvolume = \"20 mL\"\nconcentration = \"10 mg/mL\"\n",
    ),
    (
        "`lumbar-injection`",
        "[[timeline]]\nat = \"1 h\"\n[timeline.lumbar-injection]\nlevel = \"L3\"\nvolume = \"2 mL\"\nconcentration = \"1 mg/mL\"\n",
    ),
    (
        "`replay`",
        "[[timeline]]\nat = \"1 h\"\n[timeline.replay]\n",
    ),
    (
        "`read-log`",
        "[[timeline]]\nat = \"1 h\"\n[timeline.read-log]\n",
    ),
    (
        "`forge`",
        "[[timeline]]\nat = \"1 h\"\n[timeline.forge]\nrequest = \"stop\"\nkeep = 9\n",
    ),
    (
        "`magnet`",
        "[[timeline]]\nat = \"1 h\"\n[timeline.magnet]\nduration = \"10 min\"\n",
    ),
    (
        "`nvm-damage`",
        "[[fault]]\nstart = \"1 h\"\n[fault.nvm-damage]\nfrom = 256\nlength = 4\n",
    ),
    (
        "`[[expect]]`",
        "[[expect]]\nname = \"b\"\nalways = \"true.effect >= 0\"\n",
    ),
];
