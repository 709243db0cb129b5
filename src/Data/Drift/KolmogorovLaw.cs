namespace Rondo.Data;

/// <summary>
/// The law of the greatest distance between an empirical distribution function and the true one, without drift.
/// </summary>
public static class KolmogorovLaw
{
    // Up to here the exact matrix is small enough; beyond, the expansion of Pelz and Good errs by less than 1e-8.
    private const int MatrixRowsMax = 1000;

    // Beyond, Smirnov's sum takes long, and its expansion differs by less than 1e-6 of the probability.
    private const long SumRowsMax = 1_000_000;

    // Beyond these values of n·d², both functions cannot be exceeded together with any probability that would count.
    private const double OneSidedFromSmall = 4;
    private const double OneSidedFromLarge = 2.5;

    /// <summary>Kolmogorov's limit: the probability of √n·D above <paramref name="x"/>, by all terms of its series.</summary>
    public static double Limit(double x)
    {
        if (x < 1e-3)
        {
            return 1;
        }

        var sum = 0.0;
        if (x < 1)
        {
            // The other form of the same theta function converges where x is small.
            for (var k = 1; k <= 20; k++)
            {
                sum += Math.Exp(-((2 * k) - 1.0) * ((2 * k) - 1.0) * Math.PI * Math.PI / (8 * x * x));
            }

            return Math.Clamp(1 - (Math.Sqrt(2 * Math.PI) / x * sum), 0, 1);
        }

        for (var k = 1; k <= 20; k++)
        {
            sum += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * k * k * x * x);
        }

        return Math.Clamp(sum, 0, 1);
    }

    /// <summary>
    /// The probability that the statistic of <paramref name="n"/> values against their true law is at least <paramref name="distance"/>:
    /// the matrix of Durbin (Marsaglia, Tsang and Wang, 2003) where it is small, twice the one-sided law of Smirnov in the tail, and the
    /// expansion of Pelz and Good (1976) between them, as Simard and L'Ecuyer (2011) recommend. Relative precision 1e-6 or better.
    /// </summary>
    /// <exception cref="RondoException">There are no values.</exception>
    public static double OneSample(double distance, long n)
    {
        Samples.CheckPositive(n, nameof(n));
        var t = n * distance;
        if (t <= 0.5 || distance >= 1)
        {
            return t <= 0.5 ? 1 : 0;
        }

        var scaled = t * distance;
        var tail = n <= MatrixRowsMax ? OneSidedFromSmall : OneSidedFromLarge;
        var p =
            distance >= 0.5 || scaled >= tail ? 2 * OneSided(distance, n)
            : n <= MatrixRowsMax ? 1 - Durbin(distance, (int)n)
            : 1 - PelzGood(Math.Sqrt(scaled), n);
        return Math.Clamp(p, 0, 1);
    }

    /// <summary>Smirnov's law: the probability that the function is exceeded by at least a distance, on one side.</summary>
    private static double OneSided(double distance, long n)
    {
        if (n > SumRowsMax)
        {
            // Maag and Dicaire (1971), and the terms that follow (fitted to the sum).
            var square = distance * distance;
            var root = (6 * n * distance) + 1;
            return Math.Exp(-(root * root / (18.0 * n)) - (4.0 / 9 * square * ((n * square) - 1)));
        }

        var sum = 0.0;
        var last = (long)Math.Floor(n * (1 - distance));
        for (long j = 0; j <= last; j++)
        {
            var share = distance + ((double)j / n);
            // Each term of the sum is a binomial probability.
            sum += BinomialLaw.Pmf(j, n, share, 1 - share) / share;
        }

        return distance * sum;
    }

    private static double PelzGood(double z, long n)
    {
        var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0);
        var z2 = z * z;
        var z4 = z2 * z2;
        var z6 = z4 * z2;
        for (var k = 0; k < 40; k++)
        {
            // Terms of k and −k − 1 are equal, and so are those of k and −k.
            var h = (k + 0.5) * (k + 0.5) * Math.PI * Math.PI;
            var weight = 2 * Math.Exp(-h / (2 * z2));
            var whole = (double)k * k * Math.PI * Math.PI;
            var wholeWeight = 2 * Math.Exp(-whole / (2 * z2));
            s0 += weight;
            s1 += (h - z2) * weight;
            s2 +=
                ((6 * z6) + (2 * z4) + (h * ((2 * z4) - (5 * z2))) + (h * h * (1 - (2 * z2)))) * weight / (72 * z6 * z);
            s2 -= whole * wholeWeight / (36 * z2 * z);
            var third =
                (h * h * h * (5 - (30 * z2)))
                + (h * h * ((212 * z4) - (60 * z2)))
                + (h * ((135 * z4) - (96 * z6)))
                - (30 * z6)
                - (90 * z4 * z4);
            s3 += third * weight / (6480 * z6 * z4);
            s3 += whole * ((3 * z2) - whole) * wholeWeight / (216 * z6);
        }

        var root = Math.Sqrt(n);
        return Math.Sqrt(Math.PI / 2) * ((s0 / z) + (s1 / (6 * z4 * root)) + (s2 / n) + (s3 / (n * root)));
    }

    private static double Durbin(double distance, int n)
    {
        var k = (int)(n * distance) + 1;
        var size = (2 * k) - 1;
        var matrix = Matrix(size, k - (n * distance));
        var (power, exponent) = Power(matrix, size, n);
        // n!/nⁿ times the middle of the power.
        var factor = SpecialFunctions.LogGamma(n + 1.0) - (n * Math.Log(n));
        return Math.Exp(Math.Log(power[((k - 1) * size) + k - 1]) + (exponent * Math.Log(2)) + factor);
    }

    private static double[] Matrix(int size, double h)
    {
        var matrix = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= Math.Min(i + 1, size - 1); j++)
            {
                matrix[(i * size) + j] = 1;
            }
        }

        for (var i = 0; i < size; i++)
        {
            matrix[i * size] -= Math.Pow(h, i + 1);
            matrix[((size - 1) * size) + i] -= Math.Pow(h, size - i);
        }

        matrix[(size - 1) * size] += h > 0.5 ? Math.Pow((2 * h) - 1, size) : 0;
        for (var i = 0; i < size; i++)
        {
            var factorial = 1.0;
            for (var j = i; j >= 0; j--)
            {
                factorial *= i - j + 1;
                matrix[(i * size) + j] /= factorial;
            }
        }

        return matrix;
    }

    /// <summary>A power of a matrix, and the power of two that it has to be multiplied with.</summary>
    private static (double[] Power, long Exponent) Power(double[] matrix, int size, int n)
    {
        double[]? result = null;
        var exponent = 0L;
        var squared = 0L;
        for (var rest = n; ; matrix = Scaled(Product(matrix, matrix, size), ref squared))
        {
            if (rest % 2 == 1)
            {
                exponent += squared;
                result = result is null ? matrix : Scaled(Product(result, matrix, size), ref exponent);
            }

            rest /= 2;
            if (rest == 0)
            {
                return (result!, exponent);
            }

            squared *= 2;
        }
    }

    private static double[] Scaled(double[] matrix, ref long exponent)
    {
        const int Step = 400;
        var middle = matrix[matrix.Length / 2];
        var shift =
            middle > Math.ScaleB(1, Step) ? Step
            : middle < Math.ScaleB(1, -Step) ? -Step
            : 0;
        if (shift != 0)
        {
            exponent += shift;
            for (var i = 0; i < matrix.Length; i++)
            {
                matrix[i] = Math.ScaleB(matrix[i], -shift);
            }
        }

        return matrix;
    }

    private static double[] Product(double[] a, double[] b, int size)
    {
        var product = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            var row = product.AsSpan(i * size, size);
            for (var k = 0; k < size; k++)
            {
                var factor = a[(i * size) + k];
                var other = b.AsSpan(k * size, size);
                for (var j = 0; j < size; j++)
                {
                    row[j] += factor * other[j];
                }
            }
        }

        return product;
    }
}
