using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tuning;

/// <summary>Functions whose best value is known.</summary>
internal static class Landscape
{
    public const double BraninBest = 0.397887;
    public const double HartmannBest = -3.32237;

    private static readonly double[,] s_a =
    {
        { 10, 3, 17, 3.5, 1.7, 8 },
        { 0.05, 10, 17, 0.1, 8, 14 },
        { 3, 3.5, 1.7, 10, 17, 8 },
        { 17, 8, 0.05, 10, 0.1, 14 },
    };

    private static readonly double[,] s_p =
    {
        { 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886 },
        { 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991 },
        { 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650 },
        { 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381 },
    };

    private static readonly double[] s_alpha = [1, 1.2, 3, 3.2];

    public static (SearchSpace, Func<Trial, double>) Branin()
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", -5, 10);
        var y = space.Uniform("y", 0, 15);
        return (space, trial => Branin(trial.Get(x), trial.Get(y)));
    }

    public static (SearchSpace, Func<Trial, double>) Hartmann()
    {
        var space = new SearchSpace();
        var all = Enumerable.Range(0, 6).Select(n => space.Uniform($"x{n}", 0, 1)).ToList();
        return (space, trial => Hartmann([.. all.Select(trial.Get)]));
    }

    /// <summary>Three trainers with parameters of their own, on scales of their own; the boosted one can be the best, at 0.1 and some hundred trees.</summary>
    public static (SearchSpace, Func<Trial, double>) Trainers()
    {
        var space = new SearchSpace();
        var trainer = space.OneOf("trainer", "linear", "boosted", "forest");
        var ridge = space.LogUniform("ridge", 1e-4, 100).When(trainer, "linear");
        var trees = space.Whole("trees", 10, 1000, log: true).When(trainer, "boosted", "forest");
        var rate = space.LogUniform("rate", 1e-3, 1).When(trainer, "boosted");
        var scaling = space.OneOf("scaling", "none", "standard", "rank");
        return (
            space,
            trial =>
                trial.Get(scaling) switch
                {
                    "standard" => 0,
                    "rank" => 0.1,
                    _ => 0.3,
                }
                + trial.Get(trainer) switch
                {
                    "linear" => 1 + (Math.Abs(Math.Log10(trial.Get(ridge))) / 10),
                    "forest" => 0.8 + Math.Abs(Math.Log10(trial.Get(trees) / 200.0)),
                    _ => 0.2
                        + Math.Abs(Math.Log10(trial.Get(rate) / 0.1))
                        + (0.5 * Math.Abs(Math.Log10(trial.Get(trees) / 300.0))),
                }
        );
    }

    public static double Branin(double x, double y)
    {
        var bend = y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6;
        return (bend * bend) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
    }

    private static double Hartmann(double[] x)
    {
        var sum = 0.0;
        for (var i = 0; i < 4; i++)
        {
            var inner = 0.0;
            for (var j = 0; j < 6; j++)
            {
                inner += s_a[i, j] * (x[j] - s_p[i, j]) * (x[j] - s_p[i, j]);
            }
            sum -= s_alpha[i] * Math.Exp(-inner);
        }
        return sum;
    }
}
