using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class DomainClassifierTests
{
    [Fact]
    [Trait("Requirement", "R203")]
    public void Rows_of_one_distribution_cannot_be_told_apart()
    {
        var result = DomainClassifier.Of(Rows(1, 400, 0, 1), Rows(2, 400, 0, 1), seed: 3);
        Assert.InRange(result.Auc, 0.4, 0.6);
        Assert.Equal(DomainClassifier.Folds, result.FoldAucs.Count);
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public void A_shifted_column_is_found_and_named()
    {
        var result = DomainClassifier.Of(Rows(1, 400, 0, 1), Rows(2, 400, 1.5, 1), seed: 3);
        Assert.True(result.Auc > 0.8, $"AUC {result.Auc}");
        Assert.True(result.Importances[1] > 0.7);
        Assert.Equal(1, result.Importances.Sum(), 1e-12);
    }

    [Fact]
    public void A_column_of_another_spread_or_with_values_missing_is_found_too()
    {
        Assert.True(DomainClassifier.Of(Rows(1, 400, 0, 1), Rows(2, 400, 0, 4), seed: 3).Auc > 0.7);
        var missing = Rows(2, 400, 0, 1).Select((row, i) => i % 2 == 0 ? [row[0], double.NaN] : row).ToArray();
        Assert.True(DomainClassifier.Of(Rows(1, 400, 0, 1), missing, seed: 3).Auc > 0.65);
    }

    [Fact]
    public void The_same_seed_gives_the_same_answer()
    {
        var (a, b) = (Rows(1, 60, 0, 1), Rows(2, 60, 0.5, 1));
        var (first, again) = (DomainClassifier.Of(a, b, seed: 3), DomainClassifier.Of(a, b, seed: 3));
        Assert.Equal(first.FoldAucs, again.FoldAucs);
        Assert.Equal(first.Importances, again.Importances);
    }

    [Fact]
    public void Constant_rows_are_a_tie_and_too_few_are_refused()
    {
        var rows = Enumerable.Repeat((double[])[1.0, 2.0], 10).ToArray();
        var result = DomainClassifier.Of(rows, rows, seed: 1);
        Assert.Equal((0.5, 0.0), (result.Auc, result.Importances.Sum()));
        Assert.Throws<RondoException>(() => DomainClassifier.Of(rows[..4], rows, seed: 1));
        Assert.Throws<RondoException>(() => DomainClassifier.Of([.. rows, [1.0]], rows, seed: 1));
        Assert.Throws<RondoException>(() =>
            DomainClassifier.Of([.. rows, [1.0, double.PositiveInfinity]], rows, seed: 1)
        );
    }

    private static double[][] Rows(int seed, int n, double mean, double deviation)
    {
        var random = new Random(seed);
        return Enumerable
            .Range(0, n)
            .Select(_ =>
                (double[])
                    [
                        NormalLaw.QuantileOf(random.NextDouble()),
                        mean + (deviation * NormalLaw.QuantileOf(random.NextDouble())),
                    ]
            )
            .ToArray();
    }
}
