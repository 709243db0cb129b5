using System.Text.Json;
using CsCheck;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk;

public sealed class IdentityComparisonTests
{
    private static readonly string s_old = new('a', 64);
    private static readonly string s_new = new('b', 64);

    private static readonly StepIdentity s_plain = new(
        "fit",
        s_old,
        new Dictionary<string, ArtifactRef> { ["rows"] = new("rondo/table", s_old, 1) },
        new Dictionary<string, JsonElement> { ["rate"] = Json("0.5") },
        [new PortManifest("value", "rondo/model")],
        1
    );

    [Fact]
    public void Equal_identities_have_no_changes()
    {
        var same = s_plain with
        {
            Inputs = new Dictionary<string, ArtifactRef> { ["rows"] = new("rondo/table", s_old, 1) },
            Arguments = new Dictionary<string, JsonElement> { ["rate"] = Json("5e-1") },
            Environment = new Dictionary<string, string>(),
        };

        Assert.Empty(IdentityComparison.Compare(s_plain, same));
    }

    [Fact]
    public void Every_part_is_told_in_a_fixed_order_and_in_words()
    {
        var before = s_plain with
        {
            Environment = new Dictionary<string, string> { ["MODE"] = "" },
            Secrets = new Dictionary<string, string> { ["PASSWORD"] = "db@1" },
            Salt = "one",
        };
        var after = new StepIdentity(
            "fit2",
            s_new,
            new Dictionary<string, ArtifactRef>
            {
                ["rows"] = new("rondo/table", s_new, 1),
                ["days"] = new("rondo/table", s_old, 1),
            },
            new Dictionary<string, JsonElement> { ["rate"] = Json("0.25") },
            [new PortManifest("value", "rondo/file")],
            7,
            new Dictionary<string, string> { ["MODE"] = new string('x', 100) },
            "2024-05-01"
        )
        {
            Secrets = new Dictionary<string, string> { ["PASSWORD"] = "db@2" },
        };

        var changes = IdentityComparison.Compare(before, after);

        Assert.Equal(
            [
                "step: fit → fit2",
                "code: aaaaaaaaaaaa → bbbbbbbbbbbb",
                "input 'days' is new: rondo/table aaaaaaaaaaaa",
                "input 'rows': rondo/table aaaaaaaaaaaa → rondo/table bbbbbbbbbbbb",
                "argument 'rate': 0.5 → 0.25",
                $"environment variable MODE: (empty) → {new string('x', 60)} …",
                "secret in PASSWORD: db@1 → db@2",
                "seed: 1 → 7",
                "partition is new: 2024-05-01",
                "salt is gone: one",
                "output 'value': rondo/model → rondo/file",
            ],
            changes.Select(change => change.Words)
        );
    }

    [Fact]
    public void The_ports_of_a_list_are_ordered_by_their_numbers()
    {
        var none = s_plain with { Inputs = new Dictionary<string, ArtifactRef>() };
        var many = s_plain with
        {
            Inputs = Enumerable
                .Range(0, 12)
                .ToDictionary(index => $"rows.{index}", _ => new ArtifactRef("rondo/table", s_old, 1)),
        };

        Assert.Equal(
            Enumerable.Range(0, 12).Select(index => $"rows.{index}"),
            IdentityComparison.Compare(none, many).Select(change => change.Name)
        );
    }

    [Fact]
    public void Identities_have_changes_exactly_if_their_digests_differ()
    {
        var text = Gen.Bool.Select(first => first ? "a" : "b");
        var map = Gen.Dictionary(text, text)[0, 2];
        var identity = Gen.Select(
            Gen.Select(text, text, map, map),
            Gen.Select(Gen.Int[1, 2], map, Gen.Null(text), Gen.Null(text), map),
            (one, other) =>
                new StepIdentity(
                    one.Item1,
                    one.Item2,
                    one.Item3.ToDictionary(pair => pair.Key, pair => new ArtifactRef("t", pair.Value, 1)),
                    one.Item4.ToDictionary(pair => pair.Key, pair => Json($"\"{pair.Value}\"")),
                    [],
                    other.Item1,
                    other.Item2,
                    other.Item3,
                    other.Item4
                )
                {
                    Secrets = other.Item5,
                }
        );

        Gen.Select(identity, identity)
            .Sample(
                (before, after) =>
                    before.Digest() == after.Digest() == (IdentityComparison.Compare(before, after).Count == 0),
                iter: 2000
            );
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
