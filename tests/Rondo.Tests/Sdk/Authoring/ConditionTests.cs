using System.Linq.Expressions;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>Conditions as data: what they say, and what they refuse to be.</summary>
public sealed class ConditionTests
{
    private static readonly double s_limit = 3;

    public sealed record Verdict(
        double Rmse,
        int? Rows,
        bool Passed,
        string? Reason,
        Speed Speed,
        DateOnly Day,
        IReadOnlyDictionary<string, double> Metrics,
        Verdict? Rival,
        [property: JsonPropertyName("n")] long Number
    )
    {
        public IReadOnlyList<string> Names { get; init; } = ["a"];
    }

    private static readonly Verdict s_verdict = new(
        Rmse: 2.5,
        Rows: 7,
        Passed: true,
        Reason: null,
        Speed.Careful,
        new DateOnly(2024, 5, 1),
        new Dictionary<string, double>(StringComparer.Ordinal) { ["mae"] = 1.5 },
        new(4, null, false, "slow", Speed.Quick, new DateOnly(2023, 1, 1), new Dictionary<string, double>(), null, 8),
        9
    );

    public static TheoryData<string, string> Said =>
        new()
        {
            { Text(v => v.Rmse < 3.0), "rmse < 3" },
            { Text(v => 3 >= v.Rmse), "rmse <= 3" },
            { Text(v => v.Rmse < s_limit * 2), "rmse < 6" },
            { Text(v => v.Rows == 7), "rows == 7" },
            { Text(v => v.Rows!.Value > 6), "rows > 6" },
            { Text(v => v.Passed), "passed == true" },
            { Text(v => !v.Rival!.Passed), "rival.passed == false" },
            { Text(v => v.Passed == false), "passed == false" },
            { Text(v => v.Reason == null), "reason == null" },
            { Text(v => v.Rival!.Reason != "fast"), "rival.reason != \"fast\"" },
            { Text(v => v.Speed == Speed.Careful), "speed == \"careful\"" },
            { Text(v => Speed.Quick != v.Speed), "speed != \"quick\"" },
            { Text(v => v.Day >= new DateOnly(2024, 1, 1)), "day >= \"2024-01-01\"" },
            { Text(v => v.Metrics["mae"] <= 1.5), "metrics.mae <= 1.5" },
            { Text(v => v.Number > 8), "n > 8" },
            { Text(v => v.Rmse < 3 && v.Passed && v.Rival!.Rmse > 3), "rmse < 3 & passed == true & rival.rmse > 3" },
        };

    [Theory]
    [MemberData(nameof(Said))]
    public void Comparisons_of_members_become_data(string actual, string expected) => Assert.Equal(expected, actual);

    [Fact]
    public void Data_decide_as_the_code_would()
    {
        var json = JsonSerializer.SerializeToElement(s_verdict, RondoJson.Options);
        Expression<Func<Verdict, bool>>[] tests =
        [
            v => v.Rmse < 3.0,
            v => v.Rmse > 2.5,
            v => v.Rows == 7 && v.Passed,
            v => v.Rows != 7,
            v => v.Reason == null,
            v => v.Reason != null,
            v => v.Rival!.Speed == Speed.Quick && v.Speed != Speed.Quick,
            v => v.Day > new DateOnly(2024, 4, 30),
            v => v.Day < new DateOnly(2024, 4, 30),
            v => v.Metrics["mae"] < 1.6,
            v => !v.Passed,
            v => v.Number >= 9,
        ];

        foreach (var test in tests)
        {
            var condition = new ConditionManifest([
                .. ConditionExpression
                    .Read(test)
                    .Select(read => new TestManifest("n", "value", null, read.Path, read.Operator, read.Value)),
            ]);
            Assert.True(test.Compile()(s_verdict) == Conditions.Hold(condition, _ => json), test.ToString());
        }
    }

    public static TheoryData<string> Refused =>
        [
            Refusal(v => v.Rmse < 3 || v.Passed),
            Refusal(v => v.Reason!.Length > 3),
            Refusal(v => v.Reason!.StartsWith('a')),
            Refusal(v => v.Rmse < v.Rows),
            Refusal(v => v.Rmse * 2 < 3),
            Refusal(v => !(v.Rmse < 3)),
            Refusal(v => true),
            Refusal(v => v.Names.Count == 1),
            Refusal(v => v.Rival == s_verdict),
        ];

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_comparison_is_refused_with_its_text(string message)
    {
        Assert.StartsWith("The condition 'v => ", message);
        Assert.Contains("cannot be decided", message);
    }

    [Fact]
    public void Conditions_on_values_and_parameters_can_be_joined_and_named()
    {
        var app = MlApp.Create([], "harbour");
        app.Pipeline(
            "one",
            g =>
            {
                var quality = g.Judge([], []);
                var condition = quality.Is(q => q.Passed).And(g.Parameter("depth", 3).Is(d => d > 2)).Named("deep");
                g.When(condition.And(g.IsCalm(quality)), then: () => g.Levels(quality), otherwise: () => g.Fail("no"));
            }
        );

        var nodes = app.ToManifest().Pipelines[0].Nodes;
        var deep = nodes.Single(node => node.Id == "deep");
        Assert.Equal(
            ["judge passed == true", "depth  > 2", "is-calm  == true"],
            deep.Condition!.All.Select(test =>
                $"{test.FromNode ?? test.Parameter} {test.Path} {test.Operator} {test.Value.GetRawText()}"
            )
        );
        var otherwise = nodes.Single(node => node.Id == "deep-otherwise");
        Assert.True(otherwise.Condition!.Not);
        Assert.Equal(JsonSerializer.Serialize(deep.Condition.All), JsonSerializer.Serialize(otherwise.Condition.All));
        Assert.Equal("deep-otherwise", nodes.Single(node => node.Id == "deep-otherwise.fail").Parent);
    }

    private static string Text(Expression<Func<Verdict, bool>> test) =>
        string.Join(
            " & ",
            ConditionExpression.Read(test).Select(read => $"{read.Path} {read.Operator} {read.Value.GetRawText()}")
        );

    private static string Refusal(Expression<Func<Verdict, bool>> test) =>
        Record.Exception(() => ConditionExpression.Read(test)) is RondoException error
            ? error.Message
            : $"nothing at {test}";
}
