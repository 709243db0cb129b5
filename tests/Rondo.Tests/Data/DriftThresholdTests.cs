using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Limits learned from windows of the reference.</summary>
public sealed class DriftThresholdTests
{
    private static readonly DateOnly s_monday = new(2024, 1, 1);

    [Fact]
    [Trait("Requirement", "R203")]
    public void The_limit_is_the_conformal_quantile_and_the_greatest_where_there_are_too_few() =>
        Gen.Select(Gen.Int[0, 1000].Array[1, 60], Gen.Int[1, 9])
            .Sample(
                (scores, tenths) =>
                {
                    var alpha = tenths / 10.0;
                    var sorted = scores.Order().ToArray();
                    // In whole numbers: ⌈(n + 1)(10 − t) / 10⌉.
                    var rank = (((scores.Length + 1) * (10 - tenths)) + 9) / 10;
                    var limit = DriftCalibration.Limit([.. scores.Select(s => (double)s)], alpha);
                    Assert.Equal(sorted[Math.Min(rank, scores.Length) - 1], limit);
                    Assert.Equal(
                        rank <= scores.Length,
                        scores.Length >= new DriftCalibration(DriftWindow.OfDays(1), Alpha: alpha).WindowsMin
                    );
                }
            );

    [Fact]
    [Trait("Requirement", "R203")]
    [Trait("Requirement", "R202")]
    public void With_strong_seasons_learned_limits_keep_false_alarms_near_alpha_where_folklore_does_not()
    {
        const double alpha = 0.1;
        var random = new Random(11);
        var (alarms, folklore, windows) = (new Dictionary<DriftMeasure, int>(), 0, 0);
        foreach (var measure in Enum.GetValues<DriftMeasure>())
        {
            alarms[measure] = 0;
        }

        for (var world = 0; world < 8; world++)
        {
            var reference = ReferenceProfile.Of(
                Days(random, 0, 140),
                new DriftCalibration(DriftWindow.OfDays(1), "day", alpha)
            );
            for (var day = 140; day < 196; day++)
            {
                var column = Drift.Compare(reference, Days(random, day, 1)).Find("x")!;
                windows++;
                folklore += column.Psi > 0.2 ? 1 : 0;
                foreach (var measure in column.AboveLimits)
                {
                    alarms[measure]++;
                }
            }
        }

        // Of 448 days 45 are expected; the worlds share their limits, so their numbers spread more than independent ones.
        Assert.All(alarms, alarm => Assert.InRange((double)alarm.Value / windows, 0.03, 0.2));
        Assert.True(folklore > 0.9 * windows, $"{folklore} of {windows}");
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public void With_drift_learned_limits_fire()
    {
        var random = new Random(12);
        var reference = ReferenceProfile.Of(Days(random, 0, 140), new DriftCalibration(DriftWindow.OfDays(1), "day"));

        var report = Drift.Compare(reference, Days(random, 140, 1, shift: 12));

        foreach (var measure in Enum.GetValues<DriftMeasure>())
        {
            Assert.Equal(["x"], report.Above(measure).Select(column => column.Column));
        }

        Assert.StartsWith(
            "Limits from 140 windows of 1 day of the reference, for a false alarm in 5 % of windows.",
            report.Limits,
            StringComparison.Ordinal
        );
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public void Over_many_columns_any_false_alarm_comes_in_about_alpha_of_the_windows()
    {
        var random = new Random(13);
        var (any, each, windows) = (0, 0, 0);
        for (var world = 0; world < 6; world++)
        {
            var reference = ReferenceProfile.Of(
                Columns(random, 60 * 40),
                new DriftCalibration(DriftWindow.OfRows(40), Alpha: 0.1)
            );
            for (var i = 0; i < 50; i++, windows++)
            {
                var report = Drift.Compare(reference, Columns(random, 40));
                any += report.Above(DriftMeasure.Ks).Count > 0 ? 1 : 0;
                each += report.Columns.Any(column => column.AboveLimits.Contains(DriftMeasure.Ks)) ? 1 : 0;
            }
        }

        Assert.InRange((double)any / windows, 0.02, 0.2);
        // What each column's own limit gives over fifteen columns.
        Assert.True(each > 0.5 * windows, $"{each} of {windows}");

        static Table Columns(Random random, int rows) =>
            new([
                .. Enumerable
                    .Range(0, 15)
                    .Select(i =>
                        Column.Of($"x{i}", Enumerable.Range(0, rows).Select(_ => random.NextDouble()).ToArray())
                    ),
            ]);
    }

    [Fact]
    public void A_window_is_measured_against_exactly_the_others() =>
        Gen.Select(Tables.Any, Gen.Int[1, 12])
            .Where((table, size) => table.RowCount >= 2 * size)
            .Sample(
                (table, size) =>
                {
                    var learned = ReferenceProfile.Of(
                        table,
                        new DriftCalibration(DriftWindow.OfRows(size), Alpha: 0.4)
                    );
                    var windows = table.RowCount / size;
                    var drifts = Enumerable
                        .Range(0, windows)
                        .Select(window =>
                        {
                            var inside = Enumerable.Range(window * size, size).ToArray();
                            var others = Enumerable.Range(0, table.RowCount).Except(inside).ToArray();
                            return Drift.Compare(ReferenceProfile.Of(table.Select(others)), table.Select(inside));
                        })
                        .ToList();
                    foreach (var limits in learned.Thresholds!.Columns)
                    {
                        foreach (var measure in Enum.GetValues<DriftMeasure>())
                        {
                            var scores = drifts.Select(d => d.Find(limits.Column)![measure]).OfType<double>().ToList();
                            Assert.Equal(
                                scores.Count == 0 ? null : DriftCalibration.Limit(scores, 0.4),
                                limits[measure]
                            );
                        }
                    }
                },
                iter: 50
            );

    [Fact]
    public void Too_few_windows_are_told_with_what_the_limits_are_instead()
    {
        var learned = ReferenceProfile.Of(
            Days(new Random(1), 0, 12),
            new DriftCalibration(DriftWindow.OfDays(1), "day")
        );

        Assert.Equal(
            "That needs 19 windows: with 12 each limit is the greatest that a window gave, and a window without drift passes it with a probability of up to 1 in 13.",
            learned.Thresholds!.Reason
        );
        var error = Assert.Throws<RondoException>(() =>
            ReferenceProfile.Of(Days(new Random(1), 0, 12), new DriftCalibration(DriftWindow.OfDays(7), "day"))
        );
        Assert.Contains("make 1 whole windows of 7 days", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_kept_with_the_profile_as_JSON_and_a_profile_without_them_is_as_before()
    {
        var table = Days(new Random(1), 0, 30);
        var learned = ReferenceProfile.Of(table, new DriftCalibration(DriftWindow.OfDays(1), "day"));
        var now = Days(new Random(2), 30, 1);

        var kept = JsonSerializer.Deserialize<ReferenceProfile>(Json(learned), RondoJson.Options)!;

        Assert.Equal(Json(learned), Json(kept));
        Assert.Equal(Json(Drift.Compare(learned, now)), Json(Drift.Compare(kept, now)));
        Assert.Contains("\"thresholds\":{\"window\":{\"days\":1},\"alpha\":0.05,\"windows\":30", Json(learned));
        Assert.DoesNotContain("thresholds", Json(ReferenceProfile.Of(table)), StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_of_another_size_than_the_limits_are_for_are_told()
    {
        var reference = ReferenceProfile.Of(
            Days(new Random(1), 0, 30),
            new DriftCalibration(DriftWindow.OfDays(1), "day")
        );

        var few = Drift.Compare(reference, Days(new Random(2), 30, 1).Slice(0, 10)).Limits;
        var same = Drift.Compare(reference, Days(new Random(2), 30, 1)).Limits;

        Assert.EndsWith(
            "windows of about 40 rows, and these are 10: with fewer rows chance alone moves columns farther.",
            few
        );
        Assert.DoesNotContain("of about", same, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public void The_page_shows_limits_drivers_and_all_columns_together_and_escapes_what_comes_from_data()
    {
        var before = Days(new Random(1), 0, 30)
            .With(Column.Of("<i>", Enumerable.Range(0, 1200).Select(i => (string?)(i % 2 == 0 ? "<b>" : "c"))));
        var now = Days(new Random(2), 30, 1)
            .With(Column.Of("<i>", Enumerable.Range(0, 40).Select(i => (string?)(i == 0 ? "c" : "<b>"))));
        var reference = ReferenceProfile.Of(before, new DriftCalibration(DriftWindow.OfDays(1), "day"));
        var options = new DriftOptions { ClassifyAgainst = TableSource.Of(before) };

        var page = DriftPage.Html("now & then", Drift.Compare(reference, TableSource.Of(now), options));

        Assert.Contains("<h1>now &amp; then</h1>", page, StringComparison.Ordinal);
        Assert.Contains("Limits from 30 windows of 1 day", page, StringComparison.Ordinal);
        Assert.Contains(
            "<td>&lt;i&gt;</td><td class=\"bad\">above its limits</td><td>&#39;&lt;b&gt;&#39; rose from 50.0 % to 97.5 %</td>",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains("<td>x</td><td class=\"soft\">within its limits</td>", page, StringComparison.Ordinal);
        Assert.Contains("with an AUC of 0.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<td><i>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("day", "1 day")]
    [InlineData("week", "7 days")]
    [InlineData("30d", "30 days")]
    [InlineData("500", "500 rows")]
    [InlineData("1", "1 row")]
    public void A_window_is_written_as_a_person_would(string text, string words) =>
        Assert.Equal(words, DriftWindow.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("0")]
    [InlineData("-3d")]
    [InlineData("month")]
    public void What_is_no_window_is_refused(string text) =>
        Assert.Throws<RondoException>(() => DriftWindow.Parse(text));

    [Fact]
    public void Rows_without_a_time_are_in_no_window_and_the_time_must_be_one()
    {
        var table = Days(new Random(1), 0, 30);
        var gaps = table.With(
            Column.Of(
                "day",
                Enumerable.Range(0, table.RowCount).Select(i => i < 3 ? null : (DateOnly?)s_monday.AddDays(i / 40))
            )
        );

        Assert.Equal(
            30,
            ReferenceProfile.Of(gaps, new DriftCalibration(DriftWindow.OfDays(1), "day")).Thresholds!.Windows
        );
        Assert.Throws<RondoException>(() =>
            ReferenceProfile.Of(table, new DriftCalibration(DriftWindow.OfDays(1), "x"))
        );
        Assert.Throws<RondoException>(() => ReferenceProfile.Of(table, new DriftCalibration(DriftWindow.OfDays(1))));
        Assert.Throws<RondoException>(() =>
            ReferenceProfile.Of(table, new DriftCalibration(DriftWindow.OfDays(1), "day", Alpha: 0))
        );
    }

    // Forty rows a day; on each weekday another part of the range.
    private static Table Days(Random random, int first, int days, double shift = 0)
    {
        var rows = Enumerable.Range(first * 40, days * 40).Select(i => i / 40).ToArray();
        return new Table(
            Column.Of("day", rows.Select(day => (DateOnly?)s_monday.AddDays(day))),
            Column.Of("x", rows.Select(day => (day % 7) + shift + NormalLaw.QuantileOf(random.NextDouble())).ToArray())
        );
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, RondoJson.Options);
}
